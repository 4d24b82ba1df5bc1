using Handler.FairShare;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>
/// Checks the invariants. What a pool uses can grow only where a node starts a job, so limits are checked there. The other rules are
/// likewise checked where they could be broken. This amounts to a check after every step.
/// </summary>
internal sealed class Monitor(Cluster cluster)
{
    private readonly Dictionary<string, PoolLimits> highest = [];
    private readonly Dictionary<string, (PoolActor Pool, PoolLimits Limits, long Since)> changed = [];
    private readonly Dictionary<(string Pool, long Epoch), HashSet<JobId>> removed = [];
    private readonly Dictionary<string, TimeSpan> gone = [];
    private readonly HashSet<(string Pool, JobId Job)> denied = [];
    private readonly Dictionary<string, int> openChanges = [];
    private readonly HashSet<JobId> jobs = [];
    private readonly Dictionary<JobId, int> priorities = [];
    private readonly Dictionary<Guid, int> kills = [];
    private readonly HashSet<JobId> struck = [];
    private readonly Dictionary<Guid, (string Pool, KillTarget Target)> targets = [];
    private readonly Dictionary<JobId, long> startedAt = [];
    private readonly Dictionary<string, List<PoolPath?>> refused = [];
    private readonly Dictionary<string, List<PoolPath?>> asked = [];
    private readonly HashSet<JobId> inTurn = [];

    public int Admitted { get; private set; }

    public int Rejected { get; private set; }

    public int Killed { get; private set; }

    public void Violate(string what) => cluster.World.Violate(what);

    /// <summary>A pool is asked for a share.</summary>
    public void Asked(in AcquireRequest request) => priorities[request.Job] = request.Priority;

    /// <summary>
    /// The priority with which a job last asked a pool for a share. A job that was admitted synchronously never asked: that happens only
    /// where no job waits.
    /// </summary>
    public int PriorityOf(JobId job) => priorities.GetValueOrDefault(job, int.MinValue);

    /// <summary>A lower limit never kills, so jobs admitted under a higher one may still start or run.</summary>
    public void LimitsSet(string pool, PoolLimits limits)
    {
        var known = highest.GetValueOrDefault(pool);
        highest[pool] = Mutant.Higher(known, limits);
    }

    /// <summary>An activation reports that a change is in force.</summary>
    public void LimitsChanged(PoolActor pool, PoolLimits limits)
    {
        openChanges[pool.Name]--;
        // If not, another change was stored last, or may have been.
        if (cluster.Store[pool.Name].Configuration.Limits == limits && openChanges[pool.Name] == 0)
            this.changed[pool.Name] = (pool, limits, cluster.World.Now);
    }

    /// <summary>
    /// A change without a reply, or with an error as its reply, may or may not have been stored. Its requester would ask again.
    /// </summary>
    public void ChangeBegins(string pool)
    {
        openChanges[pool] = openChanges.GetValueOrDefault(pool) + 1;
        this.changed.Remove(pool);
    }

    /// <summary>A pool is to exist again.</summary>
    public void AddingBegins(string pool) => gone.Remove(pool);

    /// <summary>An activation knows that its pool was removed. Only the jobs that it has admitted by now may start.</summary>
    /// <param name="pool">The activation.</param>
    /// <param name="isAlone">Whether it was the only activation. Another one may continue until it reads its record.</param>
    public void Removed(PoolActor pool, bool isAlone)
    {
        removed.TryAdd(
            (pool.Name, pool.Epoch),
            [.. pool.State.Ledger.All().Where(share => share.Committed).Select(share => share.Request.Job)]);
        if (isAlone)
            gone.TryAdd(pool.Name, cluster.World.Elapsed);
    }

    /// <summary>A share was released, and the reply was that the pool does not exist.</summary>
    public void Denied(string pool, JobId job) => denied.Add((pool, job));

    /// <summary>The catalog is told that a change was made.</summary>
    public void Followed(PoolActor pool, PoolConfiguration? configuration)
    {
        if (configuration is null)
            openChanges[pool.Name]--;
        else
            LimitsChanged(pool, configuration.Limits);
    }

    public void Started(SimNode node, SimCall call, Lease lease)
    {
        Admitted++;
        call.Lease = lease;
        cluster.World.Trace($"{call} starts as {lease.Job} with {lease.Chain}");
        startedAt[lease.Job] = cluster.World.Now;
        if (++call.Starts > 1 || !jobs.Add(lease.Job))
            cluster.World.Violate($"{call} ({lease.Job}) runs twice");
        if (!node.Counts)
            return;
        for (var link = lease.Chain; link is not null; link = link.Above)
        {
            CheckLimits(link.Pool);
            CheckChangedLimits(link.Pool, lease.Job);
            CheckRemoved(link, call, lease.Job);
        }
    }

    /// <summary>The pools have admitted the job, and its node refuses it.</summary>
    public void Refused(SimCall call, Lease lease)
    {
        cluster.World.Trace($"{call} is refused as {lease.Job} with {lease.Chain}");
        startedAt[lease.Job] = cluster.World.Now;
        for (var link = lease.Chain; link is not null; link = link.Above)
            (refused.TryGetValue(link.Pool, out var paths) ? paths : refused[link.Pool] = []).Add(lease.Chain.PathTo(link));
    }

    /// <summary>By which paths jobs came to a pool that it has admitted and that their nodes have refused since the last call.</summary>
    public IReadOnlyList<PoolPath?> TakeRefused(string pool) => refused.Remove(pool, out var paths) ? paths : [];

    /// <summary>The worker of a job goes on with jobs of the same pool.</summary>
    public void HasTurnLeft(JobId job) => inTurn.Add(job);

    /// <summary>Whether another job of the same pool may follow a job on its worker, although others come first.</summary>
    public bool MayBeFollowed(JobId job) => inTurn.Contains(job);

    /// <summary>A job asks a pool for a share.</summary>
    public void Asks(string pool, PoolPath? path)
        => (asked.TryGetValue(pool, out var paths) ? paths : asked[pool] = []).Add(path);

    /// <summary>By which paths jobs have asked a pool since the last call. Some may have had a share since, and released it.</summary>
    public IReadOnlyList<PoolPath?> TakeAsked(string pool) => asked.Remove(pool, out var paths) ? paths : [];

    public void Ended(SimNode node, SimCall call)
    {
        call.HasEnded = true;
        cluster.World.Trace($"{call} ends on {node.Process.Name}");
    }

    /// <summary>A kill is requested.</summary>
    public void KillBegins(Guid kill, string pool, KillTarget target) => targets[kill] = (pool, target);

    /// <summary>A kill has hit a job, and counts it.</summary>
    public void Struck(Guid kill, Lease lease)
    {
        var job = lease.Job;
        var (pool, target) = targets[kill];
        if (!lease.Chain.Contains(pool) || (target.Job ?? job) != job || (target.Name ?? lease.Name) != lease.Name)
            cluster.World.Violate($"kill {kill} of {target} in {pool} has hit {job}, {lease.Name}, with {lease.Chain}");
        kills[kill] = kills.GetValueOrDefault(kill) + 1;
        if (!struck.Add(job))
            cluster.World.Violate($"{job} is counted by kill {kill}, and was by one before");
    }

    /// <summary>Every pool of the chain reports that the share is free.</summary>
    public void Released(SimNode node, Lease lease)
    {
        if (!node.Counts)
            return;
        for (var link = lease.Chain; link is not null; link = link.Above)
        {
            if (cluster.Pools.Current(link.Pool) is not { } current)
                continue;
            if (!current.Actor.State.Ledger.TryGet(lease.Job, out var share) || share.Request.Route != link.Route)
                continue;

            // A request whose duplicate arrives after everything is over takes a share that only reconciliation releases.
            var cameTwice = cluster.HasDuplicates && share.Request.Since > startedAt[lease.Job];

            // A caller that is told that the pool does not exist has nothing to release. While there are two activations, the other one may
            // say so. The share is then released by the next reconciliation.
            var wasDenied = denied.Contains((link.Pool, lease.Job));
            if (!cameTwice && !wasDenied)
                cluster.World.Violate($"{lease.Job} is released, but {current.Name} still counts it");
        }
    }

    /// <summary>The numbers of a reject must show that its reason holds.</summary>
    public void CheckReject(SimCall call, JobRejected reject)
    {
        var holds = reject.Reason switch
        {
            RejectReason.NoWorkersAvailable => reject is { Requested: 1, Waiting: 0 } && reject.Used >= reject.Limit,
            RejectReason.InsufficientMemory => reject.Requested == call.Request.Bytes
                && (reject.Used + reject.Requested > reject.Limit || (reject.Waiting > 0 && reject.Used == reject.Limit))
                && (reject.Waiting > 0 || reject.Kept == 0 || reject.KeptFor is not null),
            RejectReason.QueueFull => reject.Requested == 1 && reject.Used >= reject.Limit,
            _ => reject.Used == 0,
        };
        if (!holds)
            cluster.World.Violate($"{call} for {call.Request.Bytes} bytes is rejected, and the numbers do not show why: {reject}");
    }

    public void Returned(SimCall call, string outcome)
    {
        if (call.IsGivenUp)
            return;
        call.IsGivenUp = outcome == "lost";
        if (outcome.StartsWith("rejected", StringComparison.Ordinal))
            Rejected++;
        if (outcome.StartsWith("killed", StringComparison.Ordinal))
            Killed++;
        cluster.World.Trace($"{call} has returned: {outcome}");
        if (++call.Outcomes > 1)
            cluster.World.Violate($"{call} has {call.Outcomes} outcomes");
        var took = cluster.World.Elapsed - call.StartedAt;
        if (took > call.Bound)
            cluster.World.Violate($"{call} returned after {took.TotalMilliseconds:0} ms, bound {call.Bound.TotalMilliseconds:0} ms");
    }

    /// <summary>
    /// A kill got a complete reply: it killed as many jobs as the reply says, and no job that ran when the kill was requested runs on.
    /// </summary>
    public void KillReturned(Guid kill, KillReply reply, bool byItsBooks, IReadOnlyList<(SimNode Node, SimCall Call)> victims)
    {
        cluster.World.Trace($"kill {kill} returned: {reply}");
        if (reply.UnreachedNodes > 0)
            return;
        var counted = kills.GetValueOrDefault(kill);
        if (counted != reply.Killed)
            cluster.World.Violate($"kill {kill} says {reply.Killed}, but killed {counted}");
        if (!byItsBooks)
            return;
        foreach (var (node, call) in victims)
        {
            if (node.Counts && !call.HasEnded && call.Lease!.KilledBy is null)
                cluster.World.Violate($"{call} runs on though kill {kill} reached all nodes");
        }
    }

    /// <summary>A call made when all was quiet. It is admitted unless a pool in its way has no workers or no longer exists.</summary>
    public void ProbeReturned(string pool, Admission admission)
    {
        cluster.World.Trace($"probe of {pool}: {admission.Reject}");
        if (CanAdmit(pool, null) != (admission.Lease is not null))
            cluster.World.Violate(
                $"{pool} at rest: {(admission.Lease is null ? $"{admission.Reject}" : $"admits by {admission.Lease.Chain}")}");
        if (admission.Lease is null
            && admission.Reject is not ({ Reason: RejectReason.NoWorkersAvailable, Limit: 0 } or { Reason: RejectReason.NoSuchPool })
            && admission.Reject is not { Reason: RejectReason.NoWorkersAvailable, Kept: > 0 })
            cluster.World.Violate($"{pool} rejects at rest for another reason: {admission.Reject}");
    }

    /// <summary>Long after the last fault: no call is open, no share is held, and the records agree.</summary>
    public void CheckRest(bool everythingEnded)
    {
        foreach (var call in cluster.Calls.Where(call =>
                call.Outcomes != 1 && (everythingEnded || cluster.World.Elapsed - call.StartedAt > call.Bound)))
            cluster.World.Violate($"{call} has {call.Outcomes} outcomes at rest");
        foreach (var node in cluster.Nodes)
        {
            if (node.Actor.Unacknowledged > 0)
                cluster.World.Violate($"{node.Process.Name} has {node.Actor.Unacknowledged} releases unacknowledged at rest");
            if (everythingEnded && node.Actor.Registry.Leases.Count > 0)
                cluster.World.Violate($"{node.Process.Name} runs something at rest");
        }

        foreach (var pool in cluster.Pools.Names)
        {
            CheckBooks(pool);
            CheckGuarantees(pool);
        }

        foreach (var activation in cluster.Pools.AllAlive.Where(activation => activation.Actor.Unsettled > 0))
            cluster.World.Violate($"{activation.Name} has {activation.Actor.Unsettled} things unsettled at rest");
    }

    private bool CanAdmit(string pool, PoolPath? from)
    {
        if (!cluster.Store.Exists(pool))
            return false;
        var configuration = cluster.Store[pool].Configuration;
        var empty = new PoolLedger(configuration.Limits, new FairTree<WaiterLevels>());
        empty.SetGuarantees(configuration.Guarantees);
        if (empty.CheckFeasibility(from, 0) != HoldResult.Held)
            return false;
        var path = new PoolPath(pool, configuration.Weight, from);
        if (configuration.Selector is { } selector)
            return cluster.Selectors[selector].SelectParents(null, null).Any(parent => CanAdmit(parent, path));
        return configuration.Parent is not { } parent || CanAdmit(parent, path);
    }

    /// <summary>Each pool above one with a guarantee keeps that, as far as the parents are fixed.</summary>
    private void CheckGuarantees(string pool)
    {
        if (!cluster.Catalog.Has(pool) || cluster.Store[pool].Configuration is not { Reserved.IsZero: false } configuration)
            return;
        for (var parent = configuration.Parent;
            parent is not null && cluster.Store.Exists(parent);
            parent = cluster.Store[parent].Configuration.Parent)
        {
            if (!cluster.Store[parent].Configuration.Guarantees.All.Any(kept => kept.Pool == pool && kept.Amount == configuration.Reserved))
                cluster.World.Violate($"{parent} does not keep {configuration.Reserved} for {pool}");
        }
    }

    private void CheckBooks(string pool)
    {
        if (cluster.Store.Exists(pool) != cluster.Catalog.Has(pool))
            cluster.World.Violate($"{pool} at rest: wanted {cluster.Catalog.Has(pool)}, stored {cluster.Store.Exists(pool)}");
        if (cluster.Catalog.Has(pool)
            && cluster.Store.Exists(pool)
            && cluster.Store[pool].Configuration.Version != cluster.Catalog.VersionOf(pool))
            cluster.World.Violate(
                $"{pool} at rest: {cluster.Store[pool].Configuration} is stored, but the last change was {cluster.Catalog.VersionOf(pool)}"
            );
        if (cluster.Pools.Current(pool) is not { } current)
            return; // no caller has asked for it since; the next one activates it

        if (!cluster.Store.Exists(pool))
            cluster.World.Violate($"{current.Name} still exists at rest, though {pool} was removed");
        var booked = current.Actor.State.Ledger.All().ToDictionary(share => share.Request.Job);
        var real = cluster
            .Nodes.Where(node => node.Counts)
            .SelectMany(node => node.Actor.Registry.Inventory(pool))
            .ToDictionary(item => item.Job);
        foreach (var job in booked.Keys.Where(job => !real.ContainsKey(job)))
            cluster.World.Violate($"{current.Name} counts {job} at rest, which no node runs");
        foreach (var job in real.Keys.Where(job => !booked.ContainsKey(job)))
            cluster.World.Violate($"{job} runs in {pool} at rest, which {current.Name} does not count");
        if (current.Actor.Configuration != cluster.Store[pool].Configuration
            || current.Actor.State.Ledger.Limits != current.Actor.Configuration.Limits)
            cluster.World.Violate(
                $"{current.Name} goes by {current.Actor.Configuration}, "
                    + $"{current.Actor.State.Ledger.Limits} at rest, and {cluster.Store[pool].Configuration} is stored");
        var snapshot = current.Actor.GetSnapshot();
        if (snapshot.HeldWorkers > 0 || snapshot.Waiting > 0 || snapshot.UsedBytes != real.Values.Sum(item => item.Bytes))
            cluster.World.Violate(
                $"{current.Name} at rest: held {snapshot.HeldWorkers}, waiting {snapshot.Waiting}, used {snapshot.UsedBytes} bytes");
    }

    private void CheckRemoved(PoolChain link, SimCall call, JobId job)
    {
        if (removed.TryGetValue((link.Pool, link.Epoch), out var admitted) && !admitted.Contains(job))
            cluster.World.Violate($"{job} was admitted by {link.Pool} with epoch {link.Epoch} after that was removed");
        if (gone.TryGetValue(link.Pool, out var since) && call.StartedAt > since)
            cluster.World.Violate($"{call} starts in {link.Pool}, which was removed before");
    }

    /// <summary>
    /// A share that a pool granted after its limits were changed must fit in the new limits, together with what the pool had then.
    /// </summary>
    private void CheckChangedLimits(string pool, JobId job)
    {
        if (cluster.Pools.Current(pool) is not { } current
            || !this.changed.TryGetValue(pool, out var changed)
            || changed.Pool != current.Actor)
            return;
        if (!current.Actor.State.Ledger.TryGet(job, out var given) || given.Request.Since <= changed.Since)
            return;
        var then = current.Actor.State.Ledger.All().Where(share => share.Request.Since <= given.Request.Since).ToList();
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

        var limits = highest[pool];
        if (workers > limits.MaxWorkers || bytes > limits.MaxMemoryBytes)
            cluster.World.Violate(
                $"{pool} is over its limits: {workers} of {limits.MaxWorkers} workers, {bytes} of {limits.MaxMemoryBytes} bytes");
    }
}
