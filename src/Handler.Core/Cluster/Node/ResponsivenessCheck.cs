using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>
/// Notices that this node was unresponsive: its process was stopped, its machine was paused, or it got no CPU time. When the node
/// continues it finds messages that were sent to it meanwhile, and it may have been declared dead. Callers are told that calls which a dead
/// node has not accepted have not run, so it must not accept them then.
/// </summary>
/// <param name="node">This node.</param>
/// <param name="isDeadAsync">Asks the membership whether this node was declared dead.</param>
/// <param name="time">The node's time.</param>
/// <param name="logger">Receives warnings.</param>
internal sealed class ResponsivenessCheck(NodeId node, Func<Task<bool>> isDeadAsync, TimeProvider time, ILogger logger)
{
    private long aliveAt = time.GetTimestamp();
    private volatile bool mayBeDead;

    /// <summary>Whether this node was unresponsive and has not yet checked whether it was declared dead.</summary>
    public bool IsNeeded => mayBeDead || time.GetElapsedTime(Volatile.Read(ref aliveAt)) > NodeTimings.UnresponsiveAfter;

    /// <summary>Called regularly.</summary>
    /// <param name="now">The time, a timestamp.</param>
    /// <returns>For how many ticks the node was unresponsive since the last call; 0 if it was not.</returns>
    public long Beat(long now)
    {
        var gap = now - aliveAt;
        var unresponsive = time.GetElapsedTime(0, gap) > NodeTimings.UnresponsiveAfter ? gap : 0;
        if (unresponsive > 0)
        {
            mayBeDead = true;
            ClusterNodeLog.WasUnresponsive(logger, time.GetElapsedTime(0, gap).TotalSeconds);
        }

        Volatile.Write(ref aliveAt, now);
        return unresponsive;
    }

    /// <exception cref="InvalidOperationException">This node was declared dead while it was unresponsive; it is about to exit.</exception>
    public async Task ThrowIfDeadAsync()
    {
        mayBeDead = true;
        var asked = Volatile.Read(ref aliveAt);
        var isDead = false;
        try
        {
            isDead = await isDeadAsync().WaitAsync(NodeTimings.LongPoll, time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            ClusterNodeLog.CannotTellIfDead(logger, exception); // if the membership cannot be read, no node can be declared dead either
        }

        if (isDead)
            throw new InvalidOperationException($"The node {node} was declared dead while it was unresponsive.");
        if (time.GetElapsedTime(asked, Volatile.Read(ref aliveAt)) <= NodeTimings.UnresponsiveAfter)
            mayBeDead = false; // otherwise it was unresponsive once more
    }
}
