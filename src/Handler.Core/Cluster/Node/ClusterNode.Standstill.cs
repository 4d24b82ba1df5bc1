using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <content>
/// A node that has stood still (its process was stopped, its machine paused, or it got no processor time) wakes among messages that were sent to it meanwhile, and may have been declared
/// dead. Callers of calls that a dead node has not taken are told that these have not run, so it must not take them when it wakes.
/// </content>
internal sealed partial class ClusterNode
{
    private static readonly long StandstillTicks = (long)(NodeTimings.Standstill.TotalSeconds * Stopwatch.Frequency);

    private long sweptAt = Stopwatch.GetTimestamp();
    private volatile bool mayBeDead;

    /// <summary>Whether this node has stood still and does not know yet what has become of it.</summary>
    private bool HasStoodStill => mayBeDead || Stopwatch.GetTimestamp() - Volatile.Read(ref sweptAt) > StandstillTicks;

    /// <exception cref="InvalidOperationException">This node was declared dead while it stood still; it is about to end.</exception>
    private async Task ThrowIfDeadAsync()
    {
        mayBeDead = true;
        var asked = Volatile.Read(ref sweptAt);
        var isDead = false;
        try
        {
            isDead = await ports.IsDeadAsync().WaitAsync(NodeTimings.LongPoll, ports.Time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            LogCannotTell(exception); // where the membership cannot be read, nobody can be declared dead either
        }

        if (isDead)
            throw new InvalidOperationException($"The node {Id} was declared dead while it stood still.");
        if (Volatile.Read(ref sweptAt) - asked <= StandstillTicks)
            mayBeDead = false; // else it has stood still once more
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(NodeTimings.Sweep, ports.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(sweepingEnds.Token).ConfigureAwait(false))
                SweepOnce();
        }
        catch (OperationCanceledException)
        {
            // The node closes.
        }
    }

    private void SweepOnce()
    {
        var now = Stopwatch.GetTimestamp();
        var gap = now - sweptAt;
        var stoodStill = gap > StandstillTicks ? gap : 0;
        if (stoodStill > 0)
        {
            mayBeDead = true;
            LogStoodStill(Stopwatch.GetElapsedTime(0, gap).TotalSeconds);
        }

        Volatile.Write(ref sweptAt, now);
        calls.Sweep(now, stoodStill);
    }

    [LoggerMessage(1205, LogLevel.Warning, "This node stood still for {Seconds:0.0} s: its process was stopped, or got no processor time. What its callers have sent meanwhile is read now")]
    private partial void LogStoodStill(double seconds);

    [LoggerMessage(1206, LogLevel.Warning, "This node stood still, and the membership cannot be read to see whether it was declared dead meanwhile")]
    private partial void LogCannotTell(Exception exception);
}
