namespace Handler.Functions;

/// <summary>The part of a possibly long text that a message shows.</summary>
internal static class Excerpt
{
    public static string Of(string text) => Cut(text, WorkerTuning.Texts.Excerpt);

    /// <summary>A name as messages quote it; if it is longer than names usually are, only its beginning.</summary>
    public static string OfName(string? name) => Cut(name ?? "", WorkerTuning.Texts.ExcerptOfName);

    private static string Cut(string text, int shown)
        => text.Length <= shown ? text : $"{text.AsSpan(0, shown)}… ({text.Length} characters)";
}
