using System.Diagnostics;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>
/// What an auditor concludes from its readings. This class reads nothing itself. Nodes are read one after another, so one reading does not
/// show a single moment: a job may end on one node and the next may start on another in between. But a lease that is in two consecutive
/// readings existed all the time between them, so all such leases existed together at one moment. Only those count.
/// </summary>
internal sealed class AuditBook(IReadOnlyDictionary<string, AuditedLimits> limits)
{
    /// <summary>How long a pool may still count a share after the share has become free at its node.</summary>
    public static readonly TimeSpan ReturnLimit = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string Pool, JobId Job), long> suspects = [];
    private readonly HashSet<(string Pool, JobId Job)> leaked = [];
    private readonly Dictionary<(NodeId Node, int Pid), long> strays = [];
    private readonly HashSet<(NodeId Node, int Pid)> orphaned = [];
    private HashSet<(NodeId Node, LeaseRecord Lease)> last = [];

    public List<string> OverAdmissions { get; } = [];

    public List<string> Leaks { get; } = [];

    /// <summary>Processes of live nodes that their own node has forgotten.</summary>
    public List<string> Orphans { get; } = [];

    /// <summary>The most that a pool has used, as a fraction of its limit.</summary>
    public double Peak { get; private set; }

    public int Readings { get; private set; }

    /// <summary>Adds one reading of the nodes' records.</summary>
    public void AddRecords(IReadOnlyList<NodeRecords> records)
    {
        Readings++;
        var now = records.SelectMany(record => record.Leases.Select(lease => (record.Node, lease))).ToHashSet();
        foreach (var pool in now.Where(last.Contains).GroupBy(entry => entry.lease.Pool))
        {
            if (!limits.TryGetValue(pool.Key, out var limit))
                continue;
            var (workers, bytes) = (pool.Count(), pool.Sum(entry => entry.lease.Bytes));
            Peak = Math.Max(Peak, Math.Max((double)workers / Math.Max(1, limit.MaxWorkers), (double)bytes / limit.MaxMemoryBytes));
            if (workers > limit.MaxWorkers || bytes > limit.MaxMemoryBytes)
                OverAdmissions.Add(
                    $"{pool.Key}: {workers} workers of {limit.MaxWorkers}, {bytes} bytes of {limit.MaxMemoryBytes}, "
                        + $"on {string.Join(", ", pool.GroupBy(entry => entry.Node.Value).Select(node => $"{node.Key} {node.Count()}"))}");
        }

        last = now;
    }

    /// <summary>Adds a pool's own state, with the nodes' records from before and after it was read.</summary>
    /// <param name="state">The pool's state.</param>
    /// <param name="before">The nodes' records before the state was read.</param>
    /// <param name="after">The nodes' records after the state was read.</param>
    /// <param name="verdictOn">When a node was declared dead, if it was.</param>
    /// <param name="now">A timestamp.</param>
    public void AddSnapshot(
        PoolSnapshot state,
        IReadOnlyList<NodeRecords> before,
        IReadOnlyList<NodeRecords> after,
        Func<string, long?> verdictOn,
        long now)
    {
        var known = before
            .Concat(after)
            .SelectMany(record => record.Leases)
            .Where(lease => lease.Pool == state.Pool)
            .Select(lease => lease.Job)
            .ToHashSet();
        var replied = before.Select(record => record.Node.Value).Intersect(after.Select(record => record.Node.Value)).ToHashSet();
        var free = state
            .Running.Where(job => !known.Contains(job.Job) && (replied.Contains(job.Node) || verdictOn(job.Node) is not null))
            .ToDictionary(job => (state.Pool, job.Job));
        foreach (var gone in suspects.Keys.Where(key => key.Pool == state.Pool && !free.ContainsKey(key)).ToList())
            suspects.Remove(gone);
        foreach (var (key, job) in free)
        {
            suspects.TryAdd(key, now);
            if (Stopwatch.GetElapsedTime(suspects[key], now) > ReturnLimit && leaked.Add(key))
                Leaks.Add(
                    $"{state.Pool} has counted job {job.Job} for {Stopwatch.GetElapsedTime(suspects[key], now).TotalSeconds:0.0} s "
                        + $"although node {job.Node} does not run it{(verdictOn(job.Node) is null ? "" : ", being dead")}");
        }
    }

    /// <summary>
    /// Adds the processes of live nodes as the operating system sees them, and those that each node knows. A worker that starts or exits
    /// may briefly be on one side only.
    /// </summary>
    /// <param name="nodes">The existing and the known processes, node by node. Nodes that could not be read are left out, and watched
    /// afresh.</param>
    /// <param name="now">A timestamp.</param>
    public void AddProcesses(IReadOnlyList<(NodeId Node, IReadOnlyCollection<int> There, IReadOnlyCollection<int> Known)> nodes, long now)
    {
        var unknown = nodes.SelectMany(node => node.There.Except(node.Known).Select(pid => (node.Node, pid))).ToHashSet();
        foreach (var gone in strays.Keys.Where(stray => !unknown.Contains(stray)).ToList())
            strays.Remove(gone);
        foreach (var stray in unknown)
        {
            strays.TryAdd(stray, now);
            if (Stopwatch.GetElapsedTime(strays[stray], now) > ReturnLimit && orphaned.Add(stray))
                Orphans.Add(
                    $"process {stray.pid} of node {stray.Node}, "
                        + $"which has not known it for {Stopwatch.GetElapsedTime(strays[stray], now).TotalSeconds:0.0} s");
        }
    }

    /// <summary>A pool's state could not be read: its shares are watched afresh from now on.</summary>
    public void Miss(string pool)
    {
        foreach (var key in suspects.Keys.Where(key => key.Pool == pool).ToList())
            suspects.Remove(key);
    }
}
