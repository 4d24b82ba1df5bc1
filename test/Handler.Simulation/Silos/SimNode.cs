using Handler.Pools;

namespace Handler.Simulation;

/// <summary>One life of a node, with the callers that live on it.</summary>
internal sealed class SimNode : INodeJobs
{
    private readonly Cluster cluster;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(300);

    private readonly Dictionary<JobId, TaskCompletionSource> killed = [];
    private readonly Dictionary<string, TimeSpan> turns = []; // when the turn of each pool began
    private readonly List<SimCall> calls = [];
    private readonly PoolLimits capacity;

    /// <param name="cluster">The cluster.</param>
    /// <param name="name">The node's id.</param>
    /// <param name="scope">The first part of its jobs' ids.</param>
    /// <param name="capacity">What the code that runs the jobs accepts, after the pools have admitted them.</param>
    /// <param name="machine">Where it runs.</param>
    public SimNode(Cluster cluster, string name, ulong scope, PoolLimits capacity, SimMachine machine)
    {
        this.cluster = cluster;
        this.capacity = capacity;
        Process = new SimProcess(cluster.World, name, machine);
        Actor = new NodeActor(new NodeId(name), scope, new NodePorts
        {
            Pools = new SimPoolDirectory(cluster, Process),
            Store = cluster.Store.For(Process),
            Jobs = this,
            Time = Process.Time,
            Timings = Cluster.Timings,
            Log = new SimLogger(cluster.World, name),
        });
    }

    public SimProcess Process { get; }

    public NodeActor Actor { get; }

    /// <summary>Whether the cluster takes it for dead, rightly or not. Its jobs no longer count then.</summary>
    public bool IsDeclaredDead { get; set; }

    public bool Counts => Process.IsAlive && !IsDeclaredDead;

    public IEnumerable<SimCall> Open => calls.Where(call => call.Outcomes == 0);

    public void Kill(JobId job, string reason)
    {
        var lease = Actor.Registry.Find(job)!;
        this.cluster.Monitor.Struck(lease.KilledBy!.Value, lease);
        var killed = KillSwitch(job);
        this.cluster.World.Schedule(Process, this.cluster.World.Chance(0.5) ? TimeSpan.Zero : this.cluster.World.Between(0, 20), () =>
            killed.TrySetResult());
    }

    // A kill may come after a lease is entered and before the turn in which its job starts.
    private TaskCompletionSource KillSwitch(JobId job)
    {
        if (!this.killed.TryGetValue(job, out var killed))
            this.killed.Add(job, killed = new TaskCompletionSource());
        return killed;
    }

    /// <summary>A caller makes a call. The node handles it in its next turn, if it is still alive then.</summary>
    public void Call(SimCall call)
    {
        calls.Add(call);
        call.StartedAt = this.cluster.World.Elapsed;
        this.cluster.World.Schedule(Process, TimeSpan.Zero, () => Begin(call));
    }

    private void Begin(SimCall call)
    {
        var request = call.Request;
        var (wait, runs, limit) = (request.Wait.TotalMilliseconds, call.Duration.TotalMilliseconds, call.CancelAfter?.TotalMilliseconds);
        FormattableString times = $"wait {wait:0}, runs {runs:0}, cancelled after {limit:0}";
        this.cluster.World.Trace($"{call} on {Process.Name}: {request.Pool}, {request.Bytes} bytes, {request.Name}, {times}");
        _ = RunAsync(call);
    }

    /// <summary>Why the node refuses the job whose lease was entered last, if it does.</summary>
    private LeaseOutcome? Refusal()
    {
        if (Actor.Registry.Leases.Count > this.capacity.MaxWorkers)
            return new LeaseOutcome(JobOutcomeKind.Rejected, RejectReason.NoWorkersAvailable);
        return Actor.Registry.Leases.Sum(lease => lease.Bytes) > this.capacity.MaxMemoryBytes
            ? new LeaseOutcome(JobOutcomeKind.Rejected, RejectReason.InsufficientMemory)
            : null;
    }

    /// <summary>A pool has a turn again when as much time has passed since the last one.</summary>
    private LeaseOutcome Completed(Lease lease)
    {
        if (!this.cluster.HasTurns)
            return LeaseOutcome.Completed;
        var now = this.cluster.World.Elapsed;
        if (!this.turns.TryGetValue(lease.Chain.Pool, out var began) || now - began > 2 * Turn)
            this.turns[lease.Chain.Pool] = began = now;
        if (now - began >= Turn)
            return LeaseOutcome.Completed;
        this.cluster.Monitor.HasTurnLeft(lease.Job);
        return LeaseOutcome.Completed with { HasTurnLeft = true };
    }

    private async Task RunAsync(SimCall call)
    {
        try
        {
            using var cancelled = new CancellationTokenSource();
            if (call.CancelAfter is { } after)
                this.cluster.World.Schedule(Process, after, () => { if (call.Outcomes == 0) cancelled.Cancel(); });
            Admission admission;
            try
            {
                admission = await Actor.AdmitAsync(call.Request, cancelled.Token);
            }
            catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
            {
                this.cluster.Monitor.Returned(call, "cancelled");
                return;
            }

            if (admission.Lease is not { } lease)
            {
                this.cluster.Monitor.CheckReject(call, admission.Reject);
                this.cluster.Monitor.Returned(call, $"rejected by {admission.Reject.Pool}: {admission.Reject.Reason}");
                return;
            }

            if (Refusal() is { } refusal)
            {
                this.cluster.Monitor.Refused(call, lease);
                this.killed.Remove(lease.Job);
                if (await Actor.EndAsync(lease, refusal))
                    this.cluster.Monitor.Released(this, lease);
                this.cluster.Monitor.Returned(call, $"rejected by {Process.Name}: {refusal}");
                return;
            }

            var killed = KillSwitch(lease.Job);
            this.cluster.Monitor.Started(this, call, lease);
            await using var registration = cancelled.Token.Register(() => killed.TrySetResult());
            var run = Task.Delay(call.Duration, Process.Time);
            var isKilled = await Task.WhenAny(run, killed.Task) == killed.Task;
            this.cluster.Monitor.Ended(this, call);
            this.killed.Remove(lease.Job);
            var released = await Actor.EndAsync(lease, isKilled ? new LeaseOutcome(JobOutcomeKind.Killed) : Completed(lease));
            if (released)
                this.cluster.Monitor.Released(this, lease);
            this.cluster.Monitor.Returned(call, $"{(isKilled ? "killed" : "completed")}, released: {released}");
        }
        catch (Exception exception)
        {
            this.cluster.World.Violate($"{call} threw: {exception}");
        }
    }
}
