using System.Collections.Concurrent;
using Handler.Functions;
using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>
/// How long functions have taken recently, where only their encoded calls are known: a call begins with its function's reference.
/// </summary>
internal sealed class RunTimesOfFunctions
{
    // Two functions with the same hash share their run times, which are only a guess about the next call anyway.
    private readonly ConcurrentDictionary<int, FunctionRunTimes> known = new();

    public FunctionRunTimes Of(ReadOnlySpan<byte> call)
    {
        var hash = new HashCode();
        hash.AddBytes(ReferenceOf(call));
        var key = hash.ToHashCode();
        if (known.TryGetValue(key, out var runTimes))
            return runTimes;
        if (known.Count >= Tuning.Calls.MaxKnownFunctions)
            known.Clear();
        return known.GetOrAdd(key, static _ => new FunctionRunTimes());
    }

    private static ReadOnlySpan<byte> ReferenceOf(ReadOnlySpan<byte> call)
    {
        try
        {
            return new PayloadReader(call).ReadBlock();
        }
        catch (FormatException)
        {
            return default; // the worker will report the error
        }
    }
}
