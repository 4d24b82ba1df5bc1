using System.Globalization;
using System.Reflection;

namespace Handler.Functions;

/// <summary>Cultures by their names, and whether one is what its name says or its formats or its way to sort are others.</summary>
internal static class Cultures
{
    private const int MostNameChars = 32;

    /// <summary>
    /// The machine's cultures. The runtime makes one of nearly any name and keeps it for ever, so those that bytes name are of a list that ends. It has the long forms of some only
    /// (zh-Hans-CN), of which the short ones (zh-CN) are in use.
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

    /// <summary>Whether a culture of that name may be made because a payload says so.</summary>
    public static bool IsKnown(string name)
        => name.Length == 0 || name == CultureInfo.CurrentCulture.Name || name == CultureInfo.CurrentUICulture.Name || (name.Length <= MostNameChars && Known.Value.Contains(name));

    /// <exception cref="ArgumentException">The machine has no such culture.</exception>
    public static CultureInfo Named(string? name)
        => name is not null && IsKnown(name) ? CultureInfo.GetCultureInfo(name) : throw new ArgumentException($"This machine has no culture \"{Excerpt.Of(name ?? "")}\".");

    public static bool IsAsNamed(CultureInfo culture)
    {
        var named = CultureInfo.GetCultureInfo(culture.Name);
        return ReferenceEquals(culture, named)
            || (culture.Equals(named) && culture.Calendar.GetType() == named.Calendar.GetType() && Same(culture.NumberFormat, named.NumberFormat) && Same(culture.DateTimeFormat, named.DateTimeFormat));
    }

    private static bool Same<T>(T left, T right)
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.GetIndexParameters().Length > 0 || property.Name is nameof(CultureInfo.IsReadOnly) or nameof(DateTimeFormatInfo.Calendar))
                continue;
            var (a, b) = (property.GetValue(left), property.GetValue(right));
            if (a is Array first && b is Array second ? !first.Cast<object>().SequenceEqual(second.Cast<object>()) : !Equals(a, b))
                return false;
        }

        return true;
    }
}
