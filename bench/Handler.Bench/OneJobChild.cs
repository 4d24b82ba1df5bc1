namespace Handler.Bench;

/// <summary>
/// The child process of the process-per-job alternative: reads one job from stdin, computes it, writes its result, and exits.
/// </summary>
internal static class OneJobChild
{
    public static int Run()
    {
        var input = int.Parse(Console.In.ReadLine()!);
        Console.Out.WriteLine(input * 10);
        return 0;
    }
}
