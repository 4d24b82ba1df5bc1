namespace Handler.Fuzz;

/// <summary>Something that reads bytes which may be forged.</summary>
public interface IFuzzTarget
{
    /// <summary>What it is called on the command line, and the folder of its corpus.</summary>
    string Name { get; }

    /// <summary>Inputs to begin with.</summary>
    IEnumerable<byte[]> Seeds();

    /// <summary>Reads an input. It may refuse it in the ways that callers expect; whatever else it throws is a finding.</summary>
    void Read(byte[] input);
}

/// <summary>All there is to be fuzzed.</summary>
public static class FuzzTargets
{
    public static IReadOnlyList<IFuzzTarget> All { get; } = [new FrameTarget(), new ResultTarget(), new ReferenceTarget(), new CallTarget()];

    /// <summary>Runs one input, and looks at what it took.</summary>
    /// <exception cref="FuzzFindingException">It ended in another way than it should, or took too much.</exception>
    public static void Run(IFuzzTarget target, byte[] input)
    {
        const long mostBytes = 64 << 20;
        const long mostMilliseconds = 1_000;
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
        if (bytes > mostBytes || time > mostMilliseconds)
            throw new FuzzFindingException($"An input of {input.Length} bytes took {bytes} bytes of memory and {time} ms of processor time.", null);
    }
}

/// <summary>An input that shows a fault.</summary>
public sealed class FuzzFindingException(string message, Exception? inner) : Exception(message, inner);
