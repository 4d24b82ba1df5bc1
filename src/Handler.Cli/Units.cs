using System.Globalization;

namespace Handler.Cli;

/// <summary>Parses durations and sizes such as <c>500ms</c> or <c>100MiB</c>.</summary>
internal static class Units
{
    public static TimeSpan Duration(string text) => text switch
    {
        _ when Number(text, "ms") is { } milliseconds => TimeSpan.FromMilliseconds(milliseconds),
        _ when Number(text, "s") is { } seconds => TimeSpan.FromSeconds(seconds),
        _ when Number(text, "m") is { } minutes => TimeSpan.FromMinutes(minutes),
        _ => throw new FormatException($"\"{text}\" is not a duration. Write it as 500ms, 2s or 5m."),
    };

    public static long Size(string text) => text switch
    {
        _ when Number(text, "KiB") is { } kibibytes => (long)(kibibytes * (1L << 10)),
        _ when Number(text, "MiB") is { } mebibytes => (long)(mebibytes * (1L << 20)),
        _ when Number(text, "GiB") is { } gibibytes => (long)(gibibytes * (1L << 30)),
        _ when Number(text, "") is { } bytes => (long)bytes,
        _ => throw new FormatException($"\"{text}\" is not a size. Write it as 4096, 512KiB, 100MiB or 1GiB."),
    };

    private static double? Number(string text, string unit)
        => text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
            && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
}
