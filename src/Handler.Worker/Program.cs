namespace Handler;

internal static class Program
{
    private static int Main() => 0;
}
