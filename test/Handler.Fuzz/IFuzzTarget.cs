namespace Handler.Fuzz;

/// <summary>Code that reads bytes which may be forged.</summary>
public interface IFuzzTarget
{
    /// <summary>Its name on the command line, and the name of its corpus folder.</summary>
    string Name { get; }

    /// <summary>The initial inputs.</summary>
    IEnumerable<byte[]> Seeds();

    /// <summary>Reads an input. It may refuse the input in the ways that callers expect. Any exception it throws is a finding.</summary>
    void Read(byte[] input);
}

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

/// <summary>An input that shows a fault.</summary>
public sealed class FuzzFindingException(string message, Exception? inner) : Exception(message, inner);
