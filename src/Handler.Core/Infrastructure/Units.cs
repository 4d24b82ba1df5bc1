using System.Globalization;

namespace Handler.Infrastructure;

/// <summary>Parses durations and sizes such as <c>500ms</c> or <c>100MiB</c>, of a configuration or a command line.</summary>
internal static class Units
{
    private const NumberStyles Digits = NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite;

    /// <exception cref="FormatException">The text is not a duration; only zero needs no unit.</exception>
    /// <exception cref="OverflowException">The duration is too long for a <see cref="TimeSpan"/>.</exception>
    public static TimeSpan Duration(string text) => text switch
    {
        _ when Number(text, "ms") is { } milliseconds => TimeSpan.FromMilliseconds(milliseconds),
        _ when Number(text, "s") is { } seconds => TimeSpan.FromSeconds(seconds),
        _ when Number(text, "m") is { } minutes => TimeSpan.FromMinutes(minutes),
        _ when Number(text, "h") is { } hours => TimeSpan.FromHours(hours),
        _ when Number(text, "d") is { } days => TimeSpan.FromDays(days),
        _ when Number(text, "") is 0 => TimeSpan.Zero,
        _ => throw new FormatException($"\"{text}\" is not a duration. Write it as 500ms, 2s or 5m."),
    };

    /// <summary>
    /// The size in bytes. One that is larger than any is <see cref="long.MaxValue"/>. Decimal units such as MB are refused, because they
    /// are used for both 1000² and 1024² bytes.
    /// </summary>
    /// <exception cref="FormatException">The text is not a size.</exception>
    public static long Size(string text) => text switch
    {
        _ when Number(text, "KiB") is { } kibibytes => Bytes(kibibytes, 1L << 10),
        _ when Number(text, "MiB") is { } mebibytes => Bytes(mebibytes, 1L << 20),
        _ when Number(text, "GiB") is { } gibibytes => Bytes(gibibytes, 1L << 30),
        _ when Number(text, "TiB") is { } tebibytes => Bytes(tebibytes, 1L << 40),
        _ when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) => bytes,
        _ => throw new FormatException($"\"{text}\" is not a size. Write it as 4096, 512KiB, 100MiB or 1GiB."),
    };

    private static long Bytes(double number, long unit) => (long)(number * unit);

    private static double? Number(string text, string unit)
        => text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
            && double.TryParse(text.AsSpan(0, text.Length - unit.Length), Digits, CultureInfo.InvariantCulture, out var number)
                ? number
                : null;
}
