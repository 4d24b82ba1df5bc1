using System.Diagnostics;
using Handler.Pools;

namespace Handler.Cluster.Tests;

/// <summary>The auditor of all these tests detects violations.</summary>
public sealed class AuditBookTests
{
    private static readonly NodeId Node = new("node"), Other = new("other");

    private readonly AuditBook book = new(new Dictionary<string, AuditedLimits> { ["pool"] = new(2, 100) });

    [Fact]
    public void A_pool_over_its_limit_is_reported_after_two_readings_in_a_row()
    {
        book.AddRecords([Records(Node, 1, 2), Records(Other, 3)]);
        book.AddRecords([Records(Node, 2), Records(Other, 3, 4)]);
        Assert.Empty(book.OverAdmissions);
        book.AddRecords([Records(Node, 2), Records(Other, 3, 4)]);
        Assert.Equal("pool: 3 workers of 2, 3 bytes of 100, on node 1, other 2", Assert.Single(book.OverAdmissions));
    }

    [Fact]
    public void A_share_that_no_node_runs_counts_as_leaked_after_five_seconds()
    {
        var state = new PoolSnapshot
        {
            Pool = "pool",
            Totals = new PoolTotals { Outcomes = new Dictionary<JobOutcomeKind, long>(), Rejected = new Dictionary<RejectReason, long>() },
            Running =
            [
                new RunningJob(new JobId(1, 1), null, Node.Value, 1, TimeSpan.Zero),
                new RunningJob(new JobId(1, 2), null, Node.Value, 1, TimeSpan.Zero),
            ],
        };
        foreach (var at in (double[])[0, 4.9])
            book.AddSnapshot(state, [Records(Node, 1)], [Records(Node, 1)], static _ => null, At(at));
        Assert.Empty(book.Leaks);
        book.AddSnapshot(state, [Records(Node, 1)], [Records(Node, 1)], static _ => null, At(5.1));
        Assert.Contains("job 1-2 for 5.1 s", Assert.Single(book.Leaks));
    }

    [Fact]
    public void A_process_that_its_node_does_not_know_for_five_seconds_counts_as_orphaned()
    {
        Look(0, [1, 2, 3], [1]);
        Look(4.9, [1, 2, 3], [1, 3]);
        Look(4.95, [1, 2, 3], [1]);
        Assert.Empty(book.Orphans);
        Look(5.1, [1, 2, 3], [1]);
        Assert.Equal("process 2 of node node, which has not known it for 5.1 s", Assert.Single(book.Orphans));
        book.AddProcesses([], At(9)); // no node could be read: nothing is known of the time until then
        Look(10.2, [1, 2, 3], [1]);
        Assert.Single(book.Orphans);

        void Look(double at, int[] there, int[] known) => book.AddProcesses([(Node, there, known)], At(at));
    }

    private static long At(double seconds) => (long)(seconds * Stopwatch.Frequency);

    private static NodeRecords Records(NodeId node, params ulong[] jobs)
        => new(node, jobs.Length, 0, 0, [.. jobs.Select(static job => new LeaseRecord("pool", new JobId(1, job), 1))], []);
}
