using System.Globalization;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// Cultures by name, and the check whether a culture equals the one that its name stands for, or has other formats or another sort order.
/// </summary>
internal static class Cultures
{
    private const int MostNameChars = 32;

    /// <summary>
    /// The machine's cultures. The runtime creates a culture for nearly any name and keeps it forever, so bytes may only name cultures of
    /// this finite list. The list contains only the long forms of some names (zh-Hans-CN) whose short forms (zh-CN) are in use.
    /// </summary>
    private static readonly Lazy<HashSet<string>> Known = new(static () =>
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var culture in CultureInfo.GetCultures(CultureTypes.AllCultures))
        {
            names.Add(culture.Name);
            if (culture.Name.Split('-') is [var language, { Length: 4 }, var region])
                names.Add($"{language}-{region}");
        }

        return names;
    });

    /// <summary>Whether a payload may cause a culture of this name to be created.</summary>
    public static bool IsKnown(string name)
        => name.Length == 0
        || name == CultureInfo.CurrentCulture.Name
        || name == CultureInfo.CurrentUICulture.Name
        || (name.Length <= MostNameChars && Known.Value.Contains(name));

    /// <exception cref="ArgumentException">The machine has no culture with this name.</exception>
    public static CultureInfo Named(string? name)
        => name is not null && IsKnown(name)
            ? CultureInfo.GetCultureInfo(name)
            : throw new ArgumentException($"This machine has no culture \"{Excerpt.Of(name ?? "")}\".");

    public static bool IsAsNamed(CultureInfo culture)
    {
        var named = CultureInfo.GetCultureInfo(culture.Name);
        return ReferenceEquals(culture, named)
            || (
                culture.Equals(named)
                && culture.Calendar.GetType() == named.Calendar.GetType()
                && Same(culture.NumberFormat, named.NumberFormat)
                && Same(culture.DateTimeFormat, named.DateTimeFormat));
    }

    private static bool Same<T>(T left, T right)
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.GetIndexParameters().Length > 0
                || property.Name is nameof(CultureInfo.IsReadOnly) or nameof(DateTimeFormatInfo.Calendar))
                continue;
            var (a, b) = (property.GetValue(left), property.GetValue(right));
            if (a is Array first && b is Array second ? !first.Cast<object>().SequenceEqual(second.Cast<object>()) : !Equals(a, b))
                return false;
        }

        return true;
    }
}
