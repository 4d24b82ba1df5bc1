namespace Handler.Functions;

/// <summary>The part of a possibly long text that a message shows.</summary>
internal static class Excerpt
{
    private const int Shown = 500;
    private const int ShownOfName = 100;

    public static string Of(string text) => Cut(text, Shown);

    /// <summary>A name as messages quote it; if it is longer than names usually are, only its beginning.</summary>
    public static string OfName(string? name) => Cut(name ?? "", ShownOfName);

    private static string Cut(string text, int shown)
        => text.Length <= shown ? text : $"{text.AsSpan(0, shown)}… ({text.Length} characters)";
}
