using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <content>
/// A node may be unresponsive: its process is stopped, its machine is paused, or it gets no processor time. When it wakes it finds messages
/// that were sent to it meanwhile, and it may have been declared dead. Callers are told that calls which a dead node has not accepted have
/// not run, so it must not accept them when it wakes.
/// </content>
internal sealed partial class ClusterNode
{
    private static readonly long StandstillTicks = (long)(NodeTimings.Standstill.TotalSeconds * Stopwatch.Frequency);

    private long sweptAt = Stopwatch.GetTimestamp();
    private volatile bool mayBeDead;

    /// <summary>Whether this node was unresponsive and has not yet checked whether it was declared dead.</summary>
    private bool HasStoodStill => mayBeDead || Stopwatch.GetTimestamp() - Volatile.Read(ref sweptAt) > StandstillTicks;

    /// <exception cref="InvalidOperationException">This node was declared dead while it was unresponsive; it is about to exit.</exception>
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
            LogCannotTell(exception); // if the membership cannot be read, no node can be declared dead either
        }

        if (isDead)
            throw new InvalidOperationException($"The node {Id} was declared dead while it was unresponsive.");
        if (Volatile.Read(ref sweptAt) - asked <= StandstillTicks)
            mayBeDead = false; // otherwise it was unresponsive once more
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

    [LoggerMessage(1205, LogLevel.Warning, "This node was unresponsive for {Seconds:0.0} s: its process was stopped, or got no processor time. It now reads what its callers have sent meanwhile")]
    private partial void LogStoodStill(double seconds);

    [LoggerMessage(1206, LogLevel.Warning, "This node was unresponsive, and cannot read the membership to check whether it was declared dead meanwhile")]
    private partial void LogCannotTell(Exception exception);
}
