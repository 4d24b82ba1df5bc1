using System.Diagnostics;
using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>
/// Whether callers' continuations may run inline on workers' threads at the moment; see <see cref="InlineContinuation"/>. Needs no lock.
/// </summary>
/// <param name="enabled">Whether they may run inline at all.</param>
/// <param name="wakeWatchdogBy">Ensures that the watchdog's next check comes no later than a given time.</param>
internal sealed class InlineContinuations(bool enabled, Action<long> wakeWatchdogBy)
{
    private long pausedUntil;

    public bool AreAllowed => enabled && AreAllowedAt(Stopwatch.GetTimestamp());

    /// <summary>Whether they may run inline at a given time.</summary>
    public bool AreAllowedAt(long now) => enabled && now >= Volatile.Read(ref pausedUntil);

    /// <summary>Called when a continuation has kept a thread: for the time of <paramref name="pause"/> there are no others.</summary>
    public void Pause(long now, long pause)
        => Volatile.Write(ref pausedUntil, Math.Max(Volatile.Read(ref pausedUntil), now + pause));

    /// <summary>Called when a continuation has begun: the watchdog checks it when its time limit is over.</summary>
    public void Watch(long now) => wakeWatchdogBy(now + Tuning.Inline.Limit);
}
