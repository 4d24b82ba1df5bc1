using System.Globalization;
using System.Text.Json;

namespace Handler.Functions;

/// <summary>
/// Names for the comparers that are the same in every process: a type's default comparer, and .NET's string comparers. Other comparers are
/// code with their own state.
/// </summary>
internal static class ComparerTags
{
    public const string Default = "";
    private const string Ordinal = "o", OrdinalIgnoreCase = "i";
    private const char Culture = 'c';

    /// <exception cref="NotSupportedException">The comparer is not one of these.</exception>
    public static string Of<T>(IEqualityComparer<T>? comparer, Type owner)
        => comparer is null || comparer.Equals(EqualityComparer<T>.Default) ? Default : OfText(comparer) ?? throw Unknown(comparer, owner);

    /// <exception cref="NotSupportedException">The comparer is not one of these.</exception>
    public static string Of<T>(IComparer<T>? comparer, Type owner)
        => comparer is null || comparer.Equals(Comparer<T>.Default) ? Default : OfText(comparer) ?? throw Unknown(comparer, owner);

    public static IEqualityComparer<T> Equality<T>(string tag)
        => tag == Default ? EqualityComparer<T>.Default : Text(tag) as IEqualityComparer<T> ?? throw Wrong<T>(tag);

    public static IComparer<T> Ordering<T>(string tag)
        => tag == Default ? Comparer<T>.Default : Text(tag) as IComparer<T> ?? throw Wrong<T>(tag);

    /// <summary>The name of a string comparer; <see langword="null"/> for any other comparer.</summary>
    public static string? OfText(object comparer)
    {
        if (comparer is not IEqualityComparer<string?> text)
            return null;
        if (StringComparer.IsWellKnownOrdinalComparer(text, out var ignoreCase))
            return ignoreCase ? OrdinalIgnoreCase : Ordinal;
        return StringComparer.IsWellKnownCultureAwareComparer(text, out var info, out var options) && Cultures.IsKnown(info!.Name)
            ? string.Create(CultureInfo.InvariantCulture, $"{Culture}{(int)options}:{info.Name}")
            : null;
    }

    /// <exception cref="JsonException">The text is not the name of a comparer.</exception>
    /// <exception cref="ArgumentException">This machine lacks the comparer's culture, or the comparison options do not exist.</exception>
    public static StringComparer Text(string tag)
    {
        if (tag == Ordinal)
            return StringComparer.Ordinal;
        if (tag == OrdinalIgnoreCase)
            return StringComparer.OrdinalIgnoreCase;
        var colon = tag.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1
            || tag[0] != Culture
            || !int.TryParse(tag.AsSpan(1, colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var options))
            throw Wrong<string>(tag);
        return StringComparer.Create(Cultures.Named(tag[(colon + 1)..]), (CompareOptions)options);
    }

    private static JsonException Wrong<T>(string tag) => new($"\"{Excerpt.Of(tag)}\" is not a comparer of {TypeName.Of(typeof(T))}.");

    private static NotSupportedException Unknown(object comparer, Type owner)
        => new(
            $"A {TypeName.Of(owner)} has a custom comparer ({TypeName.Of(comparer.GetType())}), which cannot be sent. "
                + "Copy it into one with the default comparer or one of StringComparer's, and create the custom one inside the function.");
}
