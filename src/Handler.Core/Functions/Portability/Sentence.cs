namespace Handler.Functions;

/// <summary>Helper for messages.</summary>
internal static class Sentence
{
    public static string Start(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
