using System.Globalization;
using System.Reflection;

namespace Handler.Functions;

/// <summary>Tells a culture that is what its name says from one whose formats were changed.</summary>
internal static class Cultures
{
    public static bool IsAsNamed(CultureInfo culture)
    {
        var named = CultureInfo.GetCultureInfo(culture.Name);
        return ReferenceEquals(culture, named)
            || (culture.Calendar.GetType() == named.Calendar.GetType() && Same(culture.NumberFormat, named.NumberFormat) && Same(culture.DateTimeFormat, named.DateTimeFormat));
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
