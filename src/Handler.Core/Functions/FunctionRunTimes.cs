using Handler.Infrastructure;

namespace Handler.Functions;

/// <summary>
/// How long a function took in recent calls on this node. Jobs of a slow function, and of one not seen yet, do not share a
/// worker with other jobs. Concurrent notes may be lost, which is acceptable: the value is only a guess about the next call.
/// </summary>
internal sealed class FunctionRunTimes
{
    private long lately = long.MaxValue;

    public bool IsSlow => Volatile.Read(ref lately) > Tuning.SendAhead.QuickRun;

    /// <summary>
    /// Records a run time, in ns. Shorter run times have more weight, so that one slow start, or one slow call in a hundred, is soon
    /// forgotten.
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
