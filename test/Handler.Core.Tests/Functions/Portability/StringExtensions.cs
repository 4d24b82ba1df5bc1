namespace Handler.Tests.Functions;

internal static class StringExtensions
{
    public static int Length4(this string text) => text.Length;
}
