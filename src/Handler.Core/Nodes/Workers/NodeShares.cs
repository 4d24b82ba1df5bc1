using Handler.FairShare;

namespace Handler.Nodes;

/// <summary>
/// How tenants share a node whose workers cannot run all jobs: what they use of all sets of workers, and in which sets their jobs wait.
/// All members require the gate.
/// </summary>
internal sealed class NodeShares
{
    private readonly FairTree<WaitingJobs> tree = new();
    private readonly HashSet<WorkerSet> waiting = [];

    /// <param name="workers">How many workers there are to share.</param>
    /// <param name="bytes">How much memory there is to share, in bytes.</param>
    public NodeShares(int workers, long bytes) => tree.SetCapacity(workers, bytes);

    /// <summary>The sets for which jobs wait.</summary>
    public IReadOnlyCollection<WorkerSet> Waiting => waiting;

    /// <summary>The set whose turn it is; <see langword="null"/> if no job waits.</summary>
    public WorkerSet? First => tree.First?.Queue!.Set;

    /// <summary>Called when a job begins to wait.</summary>
    public void Added(WorkerSet set, Job job)
    {
        tree.Learn(job.Path);
        var leaf = LeafOf(set, job.Tenant!.Path);
        leaf.Queue!.Set = set;
        if (leaf.Queue.Count++ == 0)
            tree.StartWaiting(leaf);
        waiting.Add(set);
    }

    /// <summary>Called when a job no longer waits.</summary>
    public void Removed(WorkerSet set, Job job)
    {
        var leaf = LeafOf(set, job.Tenant!.Path);
        if (--leaf.Queue!.Count == 0)
            FairTree<WaitingJobs>.StopWaiting(leaf);
        if (set.Queue.Count == 0)
            waiting.Remove(set);
    }

    /// <summary>Called when a job gets a worker because it was its turn.</summary>
    public void Served(WorkerSet set, Job job) => tree.Serve(LeafOf(set, job.Tenant!.Path), job.Limits.MaxHeapBytes);

    /// <summary>Records that the jobs that came by a path use more, or less if the numbers are negative.</summary>
    public void Use(WorkerSet set, PoolPath? path, int workers, long bytes) => tree.Use(LeafOf(set, path), workers, bytes);

    /// <summary>Whether a worker that has jobs may get more of them while jobs of other sets wait.</summary>
    public bool MayContinue(Worker worker, bool mayKeep)
        => tree.MayContinue(LeafOf(worker.Set, worker.Tenant!.Path), worker.TenantBytes, mayKeep);

    /// <summary>Whether the first job of a set comes before that of another.</summary>
    public bool IsBefore(WorkerSet set, WorkerSet other) => FairTree<WaitingJobs>.IsBefore(HeadOf(set), HeadOf(other));

    /// <summary>
    /// Whether the tenant of the first job of a set would have no larger share than that of another set, even with one more worker.
    /// </summary>
    public bool StaysBefore(WorkerSet set, WorkerSet other)
        => !tree.UsesMoreWith(HeadOf(set), set.Queue.First!.Limits.MaxHeapBytes, HeadOf(other));

    private Branch<WaitingJobs> HeadOf(WorkerSet set) => LeafOf(set, set.Queue.First!.Tenant!.Path);

    private Branch<WaitingJobs> LeafOf(WorkerSet set, PoolPath? path) => tree.Find(path, set.Key);
}
