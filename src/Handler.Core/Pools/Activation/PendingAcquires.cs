using System.Diagnostics.CodeAnalysis;

namespace Handler.Pools;

/// <summary>The requests of a pool whose replies are pending.</summary>
internal sealed class PendingAcquires(PoolState state, TimeProvider time)
{
    private readonly Dictionary<JobId, PendingAcquire> byJob = [];

    public int Count => byJob.Count;

    public PendingAcquire Add(in AcquireRequest request) => byJob[request.Job] = new PendingAcquire(request, time.GetTimestamp());

    public void Remove(PendingAcquire pending)
    {
        if (byJob.TryGetValue(pending.Request.Job, out var current) && current == pending)
            byJob.Remove(pending.Request.Job);
    }

    public bool Contains(JobId job) => byJob.ContainsKey(job);

    /// <summary>The pending request of this job by this route.</summary>
    public bool TryGet(JobId job, ulong route, [NotNullWhen(true)] out PendingAcquire? pending)
        => byJob.TryGetValue(job, out pending) && pending.Request.Route == route;

    /// <summary>A copy of the list, so that the requests may be removed meanwhile.</summary>
    public List<PendingAcquire> Where(Func<PendingAcquire, bool> condition) => [.. byJob.Values.Where(condition)];

    /// <summary>
    /// Rejects a pending request. A withdrawn request does not count as a reject of this pool: the requester has decided so.
    /// </summary>
    public AcquireReply Deny(PendingAcquire pending, JobRejected reject) => Deny(pending, AcquireReply.No(reject));

    /// <inheritdoc cref="Deny(PendingAcquire, JobRejected)"/>
    public AcquireReply Deny(PendingAcquire pending, in AcquireReply no) => pending.Withdrawn ? no : state.Deny(pending.Request, no);
}
