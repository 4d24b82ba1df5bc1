namespace Handler.Fuzz;

/// <summary>All fuzz targets.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<IFuzzTarget> All { get; } =
    [new FrameTarget(), new ResultTarget(), new ReferenceTarget(), new CallTarget()];

    /// <summary>Runs one input, and checks how much memory and CPU time it took.</summary>
    /// <exception cref="FuzzFindingException">The target threw an exception, or took too much memory or time.</exception>
    public static void Run(IFuzzTarget target, byte[] input)
    {
        const long MostBytes = 64 << 20;
        const long MostMilliseconds = 1_000;
        var (bytes, time) = (GC.GetAllocatedBytesForCurrentThread(), ThreadClock.Milliseconds);
        try
        {
            target.Read(input);
        }
        catch (Exception exception)
        {
            throw new FuzzFindingException($"{exception.GetType()}: {exception.Message}", exception);
        }

        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        time = ThreadClock.Milliseconds - time;
        if (bytes > MostBytes || time > MostMilliseconds)
            throw new FuzzFindingException(
                $"An input of {input.Length} bytes took {bytes} bytes of memory and {time} ms of CPU time.",
                null);
    }
}
