namespace Handler.Tests.Functions;

/// <summary>Functions of the members of an extension block.</summary>
internal static class TextExtensions
{
    extension(string text)
    {
        public Func<string> Shouted => () => text + "!";

        public Func<int> LengthLater() => () => text.Length;
    }
}
