using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Watches what must hold. What a pool uses can only grow where a node starts a job, so that is where limits are checked; the
/// other rules likewise where they could be broken, which amounts to a check after every step.
/// </summary>
internal sealed class Monitor(Cluster cluster)
{
    private readonly Dictionary<string, PoolLimits> _highest = [];
    private readonly Dictionary<PoolActor, (PoolLimits Limits, long Since)> _changed = [];
    private readonly Dictionary<string, int> _unanswered = [];
    private readonly HashSet<JobId> _jobs = [];
    private readonly Dictionary<Guid, int> _kills = [];
    private readonly Dictionary<JobId, long> _startedAt = [];

    public int Admitted { get; private set; }

    public int Rejected { get; private set; }

    public int Killed { get; private set; }

    /// <summary>A lower limit never kills, so jobs admitted under a higher one may still start or run.</summary>
    public void LimitsSet(string pool, PoolLimits limits)
    {
        var known = _highest.GetValueOrDefault(pool);
        _highest[pool] = PoolLimits.Higher(known, limits);
    }

    /// <summary>An activation says that a change is in force.</summary>
    public void LimitsChanged(PoolActor pool, PoolLimits limits)
    {
        _unanswered[pool.Name]--;
        if (cluster.Store[pool.Name].Configuration.Limits == limits && _unanswered[pool.Name] == 0) // else another one was stored last, or may be
            _changed[pool] = (limits, cluster.World.Now);
    }

    /// <summary>Whether a change was stored that has no answer, or a bad one, is not known; who asked for it would ask again.</summary>
    public void ChangeBegins(PoolActor pool)
    {
        _unanswered[pool.Name] = _unanswered.GetValueOrDefault(pool.Name) + 1;
        _changed.Remove(pool);
    }

    public void Started(SimNode node, SimCall call, Lease lease)
    {
        Admitted++;
        call.Lease = lease;
        cluster.World.Trace($"{call} starts as {lease.Job} with {lease.Chain}");
        _startedAt[lease.Job] = cluster.World.Now;
        if (++call.Starts > 1 || !_jobs.Add(lease.Job))
            cluster.World.Violate($"{call} ({lease.Job}) runs twice");
        var limits = node.Actor.Registry.Limits;
        if (node.Actor.Registry.Running > limits.MaxWorkers || node.Actor.Registry.RunningBytes > limits.MaxMemoryBytes)
            cluster.World.Violate($"{node.Process.Name} runs more than it may");
        if (!node.Counts)
            return;
        for (var link = lease.Chain; link is not null; link = link.Above)
        {
            CheckLimits(link.Pool);
            CheckChangedLimits(link.Pool, lease.Job);
        }
    }

    public void Ended(SimNode node, SimCall call)
    {
        call.HasEnded = true;
        cluster.World.Trace($"{call} ends on {node.Process.Name}");
    }

    /// <summary>A kill has hit a job.</summary>
    public void Struck(Guid kill) => _kills[kill] = _kills.GetValueOrDefault(kill) + 1;

    /// <summary>Every pool of the chain says that the share is free.</summary>
    public void Released(SimNode node, Lease lease)
    {
        if (!node.Counts)
            return;
        for (var link = lease.Chain; link is not null; link = link.Above)
        {
            if (cluster.Pools.Current(link.Pool) is not { } current)
                continue;
            if (current.Actor.KeepsRoomFromWaiter)
                cluster.World.Violate($"{current.Name} has room for somebody who waits");
            if (!current.Actor.Ledger.TryGet(lease.Job, out var share) || share.Request.Route != link.Route)
                continue;

            // A request that came twice, the second time after all was over, takes a share that only reconciliation gives back.
            var cameTwice = cluster.HasDuplicates && share.Request.Since > _startedAt[lease.Job];
            if (!cameTwice)
                cluster.World.Violate($"{lease.Job} is released, but {current.Name} still counts it");
        }
    }

    public void Answered(SimCall call, string answer)
    {
        if (call.IsGivenUp)
            return;
        call.IsGivenUp = answer == "lost";
        if (answer.StartsWith("rejected", StringComparison.Ordinal))
            Rejected++;
        if (answer.StartsWith("killed", StringComparison.Ordinal))
            Killed++;
        cluster.World.Trace($"{call} is answered: {answer}");
        if (++call.Answers > 1)
            cluster.World.Violate($"{call} has {call.Answers} answers");
        var took = cluster.World.Elapsed - call.StartedAt;
        if (took > call.Bound)
            cluster.World.Violate($"{call} was answered after {took.TotalMilliseconds:0} ms, bound {call.Bound.TotalMilliseconds:0} ms");
    }

    /// <summary>A kill was answered in full: it killed as many as it says, and none that ran when it was asked for runs on.</summary>
    public void KillAnswered(Guid kill, KillReply reply, bool byCurrent, IReadOnlyList<(SimNode Node, SimCall Call)> victims)
    {
        cluster.World.Trace($"kill {kill} answered: {reply}");
        if (reply.UnreachedNodes > 0)
            return;
        var counted = _kills.GetValueOrDefault(kill);
        if (counted != reply.Killed)
            cluster.World.Violate($"kill {kill} says {reply.Killed}, but killed {counted}");
        if (!byCurrent)
            return;
        foreach (var (node, call) in victims)
        {
            if (node.Counts && !call.HasEnded && call.Lease!.KilledBy is null)
                cluster.World.Violate($"{call} runs on though kill {kill} reached all nodes");
        }
    }

    /// <summary>A call made when all was quiet: nothing but a pool that is closed may stand in its way.</summary>
    public void ProbeAnswered(string pool, Admission admission)
    {
        cluster.World.Trace($"probe of {pool}: {admission.Reject}");
        if (admission.Lease is null && admission.Reject is not { Reason: RejectReason.NoWorkersAvailable, Limit: 0 })
            cluster.World.Violate($"{pool} does not admit at rest: {admission.Reject}");
    }

    /// <summary>Long after the last fault: nothing is open, nothing is held, and the books agree.</summary>
    public void CheckRest(bool everythingEnded)
    {
        foreach (var call in cluster.Calls.Where(call => call.Answers != 1 && (everythingEnded || cluster.World.Elapsed - call.StartedAt > call.Bound)))
            cluster.World.Violate($"{call} has {call.Answers} answers at rest");
        foreach (var node in cluster.Nodes)
        {
            if (node.Actor.Unacknowledged > 0)
                cluster.World.Violate($"{node.Process.Name} has {node.Actor.Unacknowledged} releases unacknowledged at rest");
            if (everythingEnded && node.Actor.Registry.Running > 0)
                cluster.World.Violate($"{node.Process.Name} runs something at rest");
        }

        foreach (var pool in cluster.Pools.Names)
            CheckBooks(pool);
        foreach (var activation in cluster.Pools.AllAlive.Where(activation => activation.Actor.Unsettled > 0))
            cluster.World.Violate($"{activation.Name} has {activation.Actor.Unsettled} things unsettled at rest");
    }

    private void CheckBooks(string pool)
    {
        if (cluster.Pools.Current(pool) is not { } current)
            return; // nobody has asked for it since; whoever does will bring one up

        var booked = current.Actor.Ledger.All().ToDictionary(share => share.Request.Job);
        var real = cluster.Nodes.Where(node => node.Counts).SelectMany(node => node.Actor.Registry.Inventory(pool)).ToDictionary(item => item.Job);
        foreach (var job in booked.Keys.Where(job => !real.ContainsKey(job)))
            cluster.World.Violate($"{current.Name} counts {job} at rest, which no node runs");
        foreach (var job in real.Keys.Where(job => !booked.ContainsKey(job)))
            cluster.World.Violate($"{job} runs in {pool} at rest, which {current.Name} does not count");
        if (_unanswered.GetValueOrDefault(pool) == 0 && current.Actor.Ledger.Limits != cluster.Store[pool].Configuration.Limits)
            cluster.World.Violate($"{current.Name} goes by {current.Actor.Ledger.Limits} at rest, and {cluster.Store[pool].Configuration.Limits} is stored");
        var snapshot = current.Actor.GetSnapshot();
        if (snapshot.HeldWorkers > 0 || snapshot.Waiting > 0 || snapshot.UsedBytes != real.Values.Sum(item => item.Bytes))
            cluster.World.Violate($"{current.Name} at rest: held {snapshot.HeldWorkers}, waiting {snapshot.Waiting}, used {snapshot.UsedBytes} bytes");
    }

    /// <summary>What a pool has given since its limits were changed, and what it had then, fits in them.</summary>
    private void CheckChangedLimits(string pool, JobId job)
    {
        if (cluster.Pools.Current(pool) is not { } current || !_changed.TryGetValue(current.Actor, out var changed))
            return;
        if (!current.Actor.Ledger.TryGet(job, out var given) || given.Request.Since <= changed.Since)
            return;
        var then = current.Actor.Ledger.All().Where(share => share.Request.Since <= given.Request.Since).ToList();
        if (then.Count > changed.Limits.MaxWorkers || then.Sum(share => share.Request.Bytes) > changed.Limits.MaxMemoryBytes)
            cluster.World.Violate($"{current.Name} gave {job} a share though its limits were lowered to {changed.Limits}");
    }

    private void CheckLimits(string pool)
    {
        var workers = 0;
        var bytes = 0L;
        foreach (var node in cluster.Nodes.Where(node => node.Counts))
        {
            foreach (var lease in node.Actor.Registry.Leases.Where(lease => lease.Chain.Contains(pool)))
            {
                workers++;
                bytes += lease.Bytes;
            }
        }

        var limits = _highest[pool];
        if (workers > limits.MaxWorkers || bytes > limits.MaxMemoryBytes)
            cluster.World.Violate($"{pool} is over its limits: {workers} of {limits.MaxWorkers} workers, {bytes} of {limits.MaxMemoryBytes} bytes");
    }
}
