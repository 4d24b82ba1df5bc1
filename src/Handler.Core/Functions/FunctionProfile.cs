namespace Handler.Functions;

/// <summary>
/// How long a function has taken lately, over all its calls on this node. Jobs of a slow function, and of one not seen yet, get a
/// worker for themselves. Notes from several threads at once may be lost: it is a guess about the next call in any case.
/// </summary>
internal sealed class FunctionProfile
{
    /// <summary>From here on a function is slow, in ns: waking an idle worker costs about as much.</summary>
    private const long SlowRun = 50_000;

    private long lately = long.MaxValue;

    public bool IsSlow => Volatile.Read(ref lately) > SlowRun;

    /// <summary>
    /// Takes a run time, in ns. Shorter ones count for more, so that one slow start, or one slow call in a hundred, is soon forgotten.
    /// </summary>
    public void Note(long ran)
    {
        var before = Volatile.Read(ref lately);
        var now = before == long.MaxValue ? ran
            : ran < before ? (before / 2) + (ran / 2)
            : before + ((ran - before) / 8);
        Volatile.Write(ref lately, now);
    }
}
