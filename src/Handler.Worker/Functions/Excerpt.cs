namespace Handler.Functions;

/// <summary>What a message shows of a text that may be long.</summary>
internal static class Excerpt
{
    private const int Shown = 500;

    public static string Of(string text) => text.Length <= Shown ? text : $"{text.AsSpan(0, Shown)}… ({text.Length} characters)";
}
