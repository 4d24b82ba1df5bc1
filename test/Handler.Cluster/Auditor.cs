using System.Collections.Concurrent;
using System.Diagnostics;
using Handler.Grains;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>Reads the nodes' records and the pools' states continuously. <see cref="AuditBook"/> draws the conclusions.</summary>
internal sealed class Auditor : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const int RecordsPerSnapshot = 5, RecordsPerLook = 20;

    private readonly SiloCluster cluster;
    private readonly string[] pools;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task auditing;
    private readonly Dictionary<SiloProcess, long> ends = [];
    private readonly HashSet<SiloProcess> looked = [];

    private Auditor(SiloCluster cluster, Dictionary<string, AuditedLimits> limits)
    {
        this.cluster = cluster;
        pools = [.. limits.Keys];
        Book = new AuditBook(limits);
        auditing = Task.Run(AuditAsync);
    }

    public AuditBook Book { get; }

    /// <summary>Starts to watch these pools. Their limits must not change.</summary>
    public static async Task<Auditor> StartAsync(SiloCluster cluster, params string[] pools)
    {
        var limits = new Dictionary<string, AuditedLimits>();
        foreach (var pool in pools)
        {
            var state = await cluster.Client.Handler.GetPool(pool).GetSnapshotAsync();
            limits.Add(pool, new AuditedLimits(state.MaxWorkers, state.MaxMemoryBytes));
        }

        return new Auditor(cluster, limits);
    }

    /// <summary>Waits until nothing runs, no share is held and no job waits. Returns how long that took.</summary>
    public async Task<TimeSpan> WaitUntilQuietAsync(TimeSpan? patience = null)
    {
        var start = Stopwatch.GetTimestamp();
        var last = "";
        await Until.True(
            async () =>
            {
                var records = await cluster.RecordsAsync();
                var states = await Task.WhenAll(
                    pools.Select(pool => cluster.Client.Handler.GetPool(pool).GetSnapshotAsync().WaitAsync(Patience)));
                last = string.Join(
                    "; ",
                    records
                        .Select(record =>
                            $"{record.Node}: {record.Jobs} jobs, "
                                + $"{record.Leases.Count} leases, {record.Unacknowledged} releases not acknowledged")
                        .Concat(
                            states.Select(state =>
                                $"{state.Pool}: {state.UsedWorkers} used, {state.HeldWorkers} held, {state.Waiting} waiting")));
                return records.All(record => record is { Leases.Count: 0, Unacknowledged: 0 })
                    && states.All(state => state is { UsedWorkers: 0, UsedBytes: 0, HeldWorkers: 0, Waiting: 0 });
            },
            () => $"quiet; {last}",
            patience);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Worker processes of silos that have exited, and processes that those workers started.</summary>
    public List<string> Orphans() => [.. cluster.Gone.Where(silo => silo.HasExited).SelectMany(OrphansOf)];

    /// <summary>Orphans that still existed when all processes of their silo must have been gone.</summary>
    public ConcurrentQueue<string> LateOrphans { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await auditing;
        stopping.Dispose();
    }

    private async Task AuditAsync()
    {
        for (var round = 0; !stopping.IsCancellationRequested; round++)
        {
            if (await TryAsync(cluster.RecordsAsync()) is { } before)
            {
                Book.AddRecords(before);
                if (round % RecordsPerSnapshot == 0)
                    await Task.WhenAll(pools.Select(pool => AuditAsync(pool, before)));
                if (round % RecordsPerLook == 0)
                    Book.AddProcesses([.. ProcessesOf(before)], Stopwatch.GetTimestamp());
            }

            LookForLateOrphans();
            await Task.Delay(Interval, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// The processes of nodes that have replied and whose silos are in the cluster. A silo that has just started may not be counted yet.
    /// </summary>
    private IEnumerable<(NodeId Node, IReadOnlyCollection<int> There, IReadOnlyCollection<int> Known)> ProcessesOf(NodeRecords[] records)
        => from silo in cluster.Members
           from record in records
           where silo.Has(record.Node.Value)
           select (record.Node, (IReadOnlyCollection<int>)silo.Processes(), (IReadOnlyCollection<int>)record.WorkerPids);

    /// <summary>Checks each silo that has exited once, as soon as its processes must be gone.</summary>
    private void LookForLateOrphans()
    {
        foreach (var silo in cluster.Gone.Where(silo => silo.HasExited))
        {
            ends.TryAdd(silo, Stopwatch.GetTimestamp());
            if (Stopwatch.GetElapsedTime(ends[silo]) < AuditBook.ReturnLimit || !looked.Add(silo))
                continue;
            foreach (var orphan in OrphansOf(silo))
                LateOrphans.Enqueue(orphan);
        }
    }

    private static IEnumerable<string> OrphansOf(SiloProcess silo)
        => silo.Processes().Select(pid => $"process {pid} of silo {silo.SiloPort}, which has ended");

    private async Task AuditAsync(string pool, NodeRecords[] before)
    {
        var state = await TryAsync(cluster.Client.Grains.GetGrain<IPoolGrain>(pool).GetSnapshotAsync());
        var after = await TryAsync(cluster.RecordsAsync());
        lock (Book)
        {
            if (state is null || after is null)
                Book.Miss(pool);
            else
                Book.AddSnapshot(state, before, after, cluster.VerdictOn, Stopwatch.GetTimestamp());
        }
    }

    private static async Task<T?> TryAsync<T>(Task<T> reading)
        where T : class?
    {
        try
        {
            return await reading.WaitAsync(Patience);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null; // a fault hit a silo during the read
        }
    }
}
