using System.Globalization;
using System.Reflection;
using Handler.Infrastructure;

namespace Handler.Hosting;

/// <summary>How an option's value is written in a configuration.</summary>
/// <param name="Expected">What to write, for messages: the option "must be …".</param>
/// <param name="Parse">Reads the value; throws if the text is something else.</param>
internal sealed record ValueFormat(string Expected, Func<string, object> Parse)
{
    private static readonly ValueFormat Text = new("text", static text => text);
    private static readonly ValueFormat Switch = new("true or false", static text => bool.Parse(text));
    private static readonly ValueFormat Duration
        = new("a time such as 500ms, 30s, 5m, 1h, 2d or 00:00:30", static text => ParseDuration(text));
    private static readonly ValueFormat Size = new("a size such as 4096, 512KiB, 100MiB, 1GiB or 1TiB", static text => ParseSize(text));
    private static readonly ValueFormat Count
        = new("a whole number", static text => int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture));

    /// <summary>The format of an option; <see langword="null"/> if the option has no single value.</summary>
    public static ValueFormat? Of(PropertyInfo option)
    {
        if (ForType(Nullable.GetUnderlyingType(option.PropertyType) ?? option.PropertyType) is not { } format)
            return null;
        if (option.GetCustomAttribute<AllowedRangeAttribute>() is not { } range)
            return format;
        if (format == Count)
            return format with { Expected = $"{format.Expected} {range}" };
        return format == Size ? format with { Expected = $"{format.Expected}, {range}" } : format;
    }

    /// <summary>Reads the value.</summary>
    /// <returns>Whether the text is a value of this format.</returns>
    public bool TryParse(string text, out object? value)
    {
        try
        {
            value = Parse(text);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            value = null;
            return false;
        }
    }

    private static ValueFormat? ForType(Type type) => type switch
    {
        _ when type == typeof(string) => Text,
        _ when type == typeof(bool) => Switch,
        _ when type == typeof(TimeSpan) => Duration,
        _ when type == typeof(long) => Size,
        _ when type == typeof(int) => Count,
        { IsEnum: true } => new($"one of {string.Join(", ", Enum.GetNames(type))}", text => ParseName(type, text)),
        _ => null,
    };

    /// <summary>One of the names. <see cref="Enum.Parse(Type, string)"/> alone would also read numbers and several names.</summary>
    private static object ParseName(Type type, string text)
        => Enum.GetNames(type).Contains(text.Trim(), StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse(type, text, ignoreCase: true)
            : throw new FormatException();

    /// <exception cref="OverflowException">The size is larger than any option allows.</exception>
    private static long ParseSize(string text)
        => Units.Size(text) is var size && size < long.MaxValue ? size : throw new OverflowException();

    /// <summary>
    /// A number alone would be days for <see cref="TimeSpan"/>, which users do not expect; <see cref="Units"/> wants a unit.
    /// </summary>
    private static TimeSpan ParseDuration(string text)
        => text.Contains(':', StringComparison.Ordinal) ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : Units.Duration(text);
}
