using Handler.FairShare;

namespace Handler.Nodes;

/// <summary>
/// The jobs that wait for a worker. The pools through which they came share the workers fairly, see <see cref="FairTree{TQueue}"/>; jobs
/// without a pool are one child of their own. A worker counts as used by the pool whose jobs it has, however many these are.
/// </summary>
internal sealed class JobQueue
{
    /// <param name="workers">How many workers there are to share.</param>
    /// <param name="bytes">How much memory there is to share, in bytes.</param>
    public JobQueue(int workers, long bytes) => Tenants.SetCapacity(workers, bytes);

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
    }

    /// <summary>Removes the job that gets a free worker now.</summary>
    public Job TakeFirst()
    {
        var job = First ?? throw new InvalidOperationException("The queue is empty.");
        Tenants.Serve(job.Tenant!, job.Limits.MaxHeapBytes);
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
        if (tenant.Queue!.First is not { } job)
            return null;
        for (var branch = tenant; branch.Parent is { } parent; branch = parent)
        {
            if (parent.Waiting.First is { } first
                && first != branch
                && (!mayKeep || first.Share < Tenants.ShareWith(branch, -1, -worker.TenantBytes)))
            {
                return null;
            }
        }

        return job;
    }

    private Branch<JobLevels> Find(PoolPath? path)
    {
        Tenants.Learn(path);
        return Tenants.Find(path);
    }

    private void Added(Job job)
    {
        Count++;
        Tenants.StartWaiting(job.Tenant!);
    }
}
