using Handler.FairShare;

namespace Handler.Nodes;

/// <summary>
/// The jobs that wait for a worker. The pools through which they came share the workers fairly, see <see cref="FairTree{TQueue}"/>; jobs
/// without a pool are one child of their own. A worker counts as used by the pool whose jobs it has, however many these are.
/// </summary>
internal sealed class JobQueue
{
    private readonly NodeTotals totals;
    private readonly WorkerSet? set;
    private readonly NodeShares? shares;

    /// <param name="totals">How many workers there are to share.</param>
    /// <param name="bytes">How much memory there is to share, in bytes.</param>
    /// <param name="set">The workers for which the jobs wait.</param>
    /// <param name="shares">How tenants share the node; <see langword="null"/> if it has no other workers.</param>
    public JobQueue(NodeTotals totals, long bytes, WorkerSet? set = null, NodeShares? shares = null)
    {
        (this.totals, this.set, this.shares) = (totals, set, shares);
        Tenants.SetCapacity(totals.MaxBusy, bytes);
    }

    /// <summary>Counts what the pools use.</summary>
    public FairTree<JobLevels> Tenants { get; } = new();

    public int Count { get; private set; }

    /// <summary>The job that gets the next free worker.</summary>
    public Job? First => Count == 0 ? null : Tenants.First!.Queue!.First;

    /// <summary>Whose job it is, which is found out when it is first asked.</summary>
    public Branch<JobLevels> TenantOf(Job job) => job.Tenant ??= Find(job.Path);

    public void AddLast(Job job)
    {
        TenantOf(job).Queue!.AddLast(job);
        Added(job);
    }

    public void AddFirst(Job job)
    {
        TenantOf(job).Queue!.AddFirst(job);
        Added(job);
    }

    /// <summary>Records that a job gets an idle worker without waiting. While others wait, its pool has been served before them.</summary>
    public void Passes(Job job)
    {
        if (Count > 0)
            Tenants.Serve(TenantOf(job), job.Limits.MaxHeapBytes);
    }

    /// <summary>Removes a job that is <see cref="Job.Queued"/>.</summary>
    public void Remove(Job job)
    {
        var tenant = job.Tenant!;
        tenant.Queue!.Remove(job);
        if (tenant.Queue.Count == 0)
            FairTree<JobLevels>.StopWaiting(tenant);
        Count--;
        totals.Queued--;
        shares?.Removed(set!, job);
    }

    /// <summary>Removes the job that gets a free worker now.</summary>
    public Job TakeFirst()
    {
        var job = First ?? throw new InvalidOperationException("The queue is empty.");
        Tenants.Serve(job.Tenant!, job.Limits.MaxHeapBytes);
        shares?.Served(set!, job);
        Remove(job);
        return job;
    }

    /// <summary>
    /// The next job of the pool whose jobs a worker has, to be sent to it too; <see langword="null"/> if there is none, or if the worker
    /// should finish its jobs and then serve another pool.
    /// </summary>
    /// <param name="worker">A worker that has jobs.</param>
    /// <param name="mayKeep">Whether it may go on while others wait that are no worse off.</param>
    public Job? NextOf(Worker worker, bool mayKeep)
    {
        var tenant = worker.Tenant!;
        return tenant.Queue!.First is { } job && Tenants.MayContinue(tenant, worker.TenantBytes, mayKeep) ? job : null;
    }

    /// <summary>Records that the jobs of a tenant use more, or less if the numbers are negative.</summary>
    public void Use(Branch<JobLevels> tenant, int workers, long bytes)
    {
        Tenants.Use(tenant, workers, bytes);
        shares?.Use(set!, tenant.Path, workers, bytes);
    }

    private Branch<JobLevels> Find(PoolPath? path)
    {
        Tenants.Learn(path);
        return Tenants.Find(path);
    }

    private void Added(Job job)
    {
        Count++;
        totals.Queued++;
        Tenants.StartWaiting(job.Tenant!);
        shares?.Added(set!, job);
    }
}
