namespace Handler.Fuzz;

internal static class TextExtensions
{
    public static int CountOf(this string text) => text.Length;
}
