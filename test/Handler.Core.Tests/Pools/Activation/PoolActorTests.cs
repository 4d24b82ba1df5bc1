using Handler.Pools;

namespace Handler.Tests.Pools;

public class PoolActorTests
{
    private readonly DirectPools pools = new();

    [Fact]
    public void A_job_counts_in_every_pool_of_its_chain_until_it_ends()
    {
        pools.Add("shared", 10, 100);
        pools.Add("customer", 5, 50, parent: "shared");
        var lease = pools.Run("customer", 7);
        Assert.Equal((1, 7L), pools.Used("customer"));
        Assert.Equal((1, 7L), pools.Used("shared"));
        pools.End(lease);
        Assert.Equal((0, 0L), pools.Used("customer"));
        Assert.Equal((0, 0L), pools.Used("shared"));
    }

    [Fact]
    public void A_reconciliation_drops_a_waiting_request_whose_job_its_node_does_not_know()
    {
        var pool = pools.Add("pool", 1);
        pools.Run("pool");
        var orphan = new AcquireRequest
        {
            Job = new JobId(9, 9),
            Node = pools.Node.Id,
            Wait = TimeSpan.FromMinutes(1),
            Budget = TimeSpan.FromSeconds(1),
        };
        var reply = pools.Turn(() => pool.AcquireAsync(orphan).AsTask());
        var known = pools.Admit("pool", waitMs: 60_000);
        Assert.Equal(2, pool.GetSnapshot().Waiting);
        pools.Turn(() => pool.ReconcileAsync());
        Assert.False(reply.Now().Admitted);
        Assert.Equal(1, pool.GetSnapshot().Waiting);
        Assert.False(known.IsCompleted);
    }

    [Fact]
    public void The_death_of_a_node_removes_its_waiting_requests()
    {
        var pool = pools.Add("pool", 1);
        pools.Run("pool");
        var waiting = pools.Turn(()
            => pool.AcquireAsync(
                    new AcquireRequest
                    {
                        Job = new JobId(9, 9),
                        Node = new NodeId("other"),
                        Wait = TimeSpan.FromMinutes(1),
                        Budget = TimeSpan.FromSeconds(1),
                    })
                .AsTask());
        pools.Turn(() =>
        {
            pool.NodeDied(new NodeId("other"));
            return 0;
        });
        Assert.False(waiting.Now().Admitted);
        Assert.Equal((0, 1), (pool.GetSnapshot().Waiting, pools.Used("pool").Workers));
    }

    [Fact]
    public void Workers_are_checked_before_memory()
    {
        pools.Add("pool", 1, 10);
        pools.Run("pool", 10);
        Assert.Equal(new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 1, 1), pools.Rejected("pool", 10));
    }

    [Fact]
    public void An_infeasible_job_is_rejected_as_infeasible_even_if_all_workers_are_busy()
    {
        pools.Add("pool", 1, 10);
        pools.Run("pool", 4);
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 11, 4, 10), pools.Rejected("pool", 11));
        Assert.Equal(
            new JobRejected("pool", RejectReason.InsufficientMemory, 11, 4, 10),
            pools.Admit("pool", 11, waitMs: 1_000).Now().Reject);
        Assert.Equal(new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 1, 1), pools.Rejected("pool", 7));
    }

    [Fact]
    public void A_reject_because_another_job_waits_ahead_says_what_is_kept_for_that_job()
    {
        pools.Add("pool", 10, 100);
        pools.Run("pool", 60);
        pools.Admit("pool", 80, waitMs: 60_000);
        var reject = pools.Rejected("pool", 1);
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 1, 140, 100) { Waiting = 1, Kept = 80 }, reject);
        Assert.Equal(
            "Not enough memory available: other jobs wait ahead "
                + "(pool pool: requested 1, used 140, limit 100; 80 of what is used are kept for one of 1 waiting jobs)",
            reject.Message);
        // This one would not fit in any case.
        Assert.Equal(new JobRejected("pool", RejectReason.InsufficientMemory, 41, 60, 100), pools.Rejected("pool", 41));
    }

    [Fact]
    public void A_reject_names_a_full_parent_rather_than_one_that_is_missing_or_too_small()
    {
        pools.Selectors["all"] = new FunctionSelector((_, _) => ["small", "full", "gone", "small"]);
        pools.Add("small", 10, 5);
        pools.Add("full", 1);
        pools.Add("customer", 10, selector: "all");
        Assert.Equal("customer:1 → full:1", pools.Admit("customer", 6).Now().Lease!.Chain.ToString());
        Assert.Equal(new JobRejected("full", RejectReason.NoWorkersAvailable, 1, 1, 1), pools.Rejected("customer", 6));
    }

    [Fact]
    public void A_reject_names_the_pool_and_the_numbers_and_holds_no_share()
    {
        pools.Add("shared", 10, 100);
        pools.Add("customer", 10, 1_000, parent: "shared");
        pools.Run("shared", 60);
        Assert.Equal(new JobRejected("shared", RejectReason.InsufficientMemory, 50, 60, 100), pools.Rejected("customer", 50));
        Assert.Equal((0, 0L), pools.Used("customer"));
    }

    [Fact]
    public void A_pool_without_workers_admits_nothing()
    {
        pools.Add("closed", 0);
        Assert.Equal(new JobRejected("closed", RejectReason.NoWorkersAvailable, 1, 0, 0), pools.Rejected("closed"));
        Assert.True(pools.Admit("closed", waitMs: 1_000).IsCompleted, "what can never fit does not wait");
    }

    [Fact]
    public void A_hundred_consecutive_jobs_fit_into_pools_of_one_worker()
    {
        pools.Add("shared", 1);
        pools.Add("customer", 1, parent: "shared");
        for (var i = 0; i < 100; i++)
            pools.End(pools.Run("customer"));
    }

    [Fact]
    public void Jobs_for_a_missing_pool_or_a_missing_parent_are_rejected()
    {
        pools.Add("orphan", 1, parent: "missing");
        Assert.Equal(RejectReason.NoSuchPool, pools.Rejected("missing").Reason);
        Assert.Equal(new JobRejected("missing", RejectReason.NoSuchPool, 1, 0, 0), pools.Rejected("orphan"));
        Assert.Equal((0, 0L), pools.Used("orphan"));
    }

    [Fact]
    public void The_parents_that_a_selector_returns_are_asked_in_order_and_missing_ones_are_skipped()
    {
        pools.Selectors["spread"] = new FunctionSelector((config, parameter) => ["gone", "first", parameter ?? config!]);
        pools.Add("first", 1);
        pools.Add("second", 1);
        pools.Add("third", 1);
        pools.Add("customer", 10, selector: "spread");
        Assert.Equal("customer:1 → first:1", pools.Admit("customer", parameter: "second").Now().Lease!.Chain.ToString());
        Assert.Equal("customer:1 → second:1", pools.Admit("customer", parameter: "second").Now().Lease!.Chain.ToString());
        Assert.Equal("second", pools.Rejected("customer", parameter: "second").Pool);
        Assert.Equal("customer:1 → third:1", pools.Admit("customer", parameter: "third").Now().Lease!.Chain.ToString());
        Assert.Equal((3, 0L), pools.Used("customer"));
    }

    [Fact]
    public void Selectors_that_form_a_cycle_are_detected_and_no_share_stays_held()
    {
        pools.Selectors["to-b"] = new FunctionSelector((_, _) => ["b"]);
        pools.Selectors["to-a"] = new FunctionSelector((_, _) => ["a"]);
        pools.Add("a", 10, selector: "to-b");
        pools.Add("b", 10, selector: "to-a");
        Assert.Equal(new JobRejected("a", RejectReason.NoSuchPool, 1, 0, 0), pools.Rejected("a"));
        Assert.Equal((0, 0L), pools.Used("a"));
        Assert.Equal((0, 0L), pools.Used("b"));
    }

    [Fact]
    public void A_lower_limit_kills_nothing_and_stops_admission()
    {
        var pool = pools.Add("pool", 3);
        var leases = Enumerable.Range(0, 3).Select(_ => pools.Run("pool")).ToList();
        pools.Turn(() => pool.ChangeAsync(new PoolConfiguration { Limits = new PoolLimits(1, 1_000) }));
        Assert.Equal(new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 3, 1), pools.Rejected("pool"));
        Assert.Empty(pools.Kills);
        leases.ForEach(lease => pools.End(lease));
        pools.Run("pool");
    }

    [Fact]
    public void A_late_change_does_not_undo_a_newer_one()
    {
        var pool = pools.Add("pool", 3);
        Assert.True(pools.Turn(() => pool.ChangeAsync(Limited(2, version: 2))).IsCompletedSuccessfully);
        Assert.True(pools.Turn(() => pool.ChangeAsync(Limited(5, version: 1))).IsCompletedSuccessfully);
        Assert.Equal((2, 2), (pool.Configuration.Limits.MaxWorkers, pool.GetSnapshot().MaxWorkers));
        Assert.Equal(2, pools.Store.ReadAsync("pool").Now()!.Value.Record.Configuration.Version);
    }

    [Fact]
    public void A_removed_pool_becomes_ready_again_with_a_newer_change()
    {
        var activation = BegunAndRemoved(version: 1, removal: 2);
        Assert.True(activation.Actor.IsRemoved);
        Assert.True(pools.Turn(() => activation.ChangeAsync(Limited(4, version: 3))).IsCompletedSuccessfully);
        Assert.Equal((true, 4), (activation.Actor.IsReady, activation.Actor.GetSnapshot().MaxWorkers));
        Assert.Equal(3, pools.Store.ReadAsync("pool").Now()!.Value.Record.Configuration.Version);
    }

    [Fact]
    public void A_late_removal_does_not_remove_a_pool_that_was_added_again()
    {
        Assert.False(BegunAndRemoved(version: 3, removal: 2).Actor.IsRemoved);
    }

    [Fact]
    public void A_pool_record_follows_the_catalog_and_ignores_late_messages()
    {
        var (added, removed, again) = (Limited(1, version: 1), Limited(1, version: 2), Limited(5, version: 3));
        var first = PoolRecord.Following(null, added, removed: false)!;
        Assert.Equal(new PoolRecord(added, 0), first);
        Assert.Null(PoolRecord.Following(first, added, removed: false));
        Assert.Null(PoolRecord.Following(first, again, removed: false)); // the pool writes its changes itself

        var gone = PoolRecord.Following(first with { Epoch = 7 }, removed, removed: true)!;
        Assert.Equal(new PoolRecord(removed, 7) { Removed = true }, gone);
        Assert.Null(PoolRecord.Following(gone, removed, removed: true));
        Assert.Null(PoolRecord.Following(gone, added, removed: false)); // late
        Assert.Equal(removed, PoolRecord.Following(null, removed, removed: true)!.Configuration); // so that late messages find it

        var back = PoolRecord.Following(gone, again, removed: false)!;
        Assert.Equal(new PoolRecord(again, 7), back);
        Assert.Null(PoolRecord.Following(back, removed, removed: true)); // late
        // Changes in between may still arrive.
        Assert.Equal(4, PoolRecord.Following(gone, Limited(5, version: 4), removed: true)!.Configuration.Version);
    }

    /// <summary>Creates an activation that finds its pool in this version and is then told of a removal.</summary>
    private PoolActivation BegunAndRemoved(long version, long removal)
    {
        pools.Store.Add("pool", Limited(1, version));
        var activation = new PoolActivation("pool", pools.Ports, static _ => false);
        pools.Turn(() =>
        {
            activation.Begin();
            return activation.RemoveAsync(removal);
        });
        return activation;
    }

    private static PoolConfiguration Limited(int maxWorkers, long version)
        => new() { Limits = new PoolLimits(maxWorkers, 1_000), Version = version };

    [Fact]
    public void A_job_that_its_node_refuses_after_the_pools_have_admitted_it_counts_as_rejected()
    {
        pools.Add("pool", 5);
        pools.End(pools.Run("pool", 4), new LeaseOutcome(JobOutcomeKind.Rejected, RejectReason.NoWorkersAvailable));
        Assert.Equal((0, 0L), pools.Used("pool"));
        Assert.Equal([new(RejectReason.NoWorkersAvailable, 1)], pools["pool"].GetSnapshot().Totals.Rejected);
        Assert.Empty(pools["pool"].GetSnapshot().Totals.Outcomes);
    }

    [Fact]
    public void Kill_by_name_acts_in_the_whole_chain_and_counts_each_job_once()
    {
        pools.Add("shared", 10);
        pools.Add("customer", 10, parent: "shared");
        pools.Run("customer", name: "report");
        pools.Run("shared", name: "report");
        pools.Run("shared", name: "import");
        Assert.Equal(new KillReply(1, 0), Kill("customer", "report"));
        Assert.Equal((2, 0L), pools.Used("shared"));
        pools.Run("customer", name: "report");
        Assert.Equal(new KillReply(2, 0), Kill("shared", "report"));
        Assert.Equal(new KillReply(0, 0), Kill("shared", "report"));
        Assert.Equal((1, 0L), pools.Used("shared"));
        Assert.Equal((0, 0L), pools.Used("customer"));
    }

    [Fact]
    public void Kill_by_id_tells_whether_there_was_such_a_job()
    {
        pools.Add("pool", 10);
        pools.Add("other", 10);
        var lease = pools.Run("pool");
        Assert.Equal(0, KillOne("other").Killed);
        Assert.Equal(1, KillOne("pool").Killed);
        Assert.Equal(0, KillOne("pool").Killed);
        Assert.Equal("because", Assert.Single(pools.Kills).Reason);

        KillReply KillOne(string pool) => Kill(pool, new KillTarget(null, lease.Job));
    }

    [Fact]
    public void Killing_all_jobs_of_a_child_spares_its_parents_own_jobs_and_killing_all_of_a_parent_spares_none()
    {
        pools.Add("shared", 10);
        pools.Add("customer", 10, parent: "shared");
        pools.Run("shared");
        pools.Run("customer");
        pools.Run("customer");
        Assert.Equal(2, Flush("customer"));
        Assert.Equal((1, 0L), pools.Used("shared"));
        pools.Run("customer");
        Assert.Equal(2, Flush("shared"));
        Assert.Equal((0, 0L), pools.Used("customer"));

        int Flush(string pool) => Kill(pool, KillTarget.All).Killed;
    }

    [Fact]
    public void Six_pools_in_three_layers_use_nothing_after_all_jobs_have_completed_crashed_or_been_killed()
    {
        pools.Add("root", 1_000, 100_000);
        pools.Add("left", 500, 50_000, parent: "root");
        pools.Add("right", 500, 50_000, parent: "root");
        foreach (var (leaf, parent) in new[] { ("a", "left"), ("b", "left"), ("c", "right") })
            pools.Add(leaf, 200, 20_000, parent: parent);
        string[] all = ["root", "left", "right", "a", "b", "c"];
        var leases = all.SelectMany(pool => Enumerable.Range(0, 100).Select(i => pools.Run(pool, i, name: $"job{i % 4}"))).ToList();
        Assert.Equal(600, pools.Used("root").Workers);
        Assert.Equal(150, Kill("root", "job0").Killed);
        Assert.Equal(75, Kill("left", "job1").Killed);
        foreach (var (lease, i) in leases.Where(lease => lease.KilledBy is null).Select((lease, i) => (lease, i)))
            pools.End(lease, i % 2 == 0 ? new LeaseOutcome(JobOutcomeKind.Exited) : LeaseOutcome.Completed);
        Assert.All(all, pool => Assert.Equal((0, 0L), pools.Used(pool)));
        var totals = pools["root"].GetSnapshot().Totals;
        Assert.Equal((600, 225), (totals.Admitted, totals.Outcomes[JobOutcomeKind.Killed]));
    }

    [Fact]
    public void A_new_activation_knows_the_running_jobs()
    {
        pools.Add("shared", 2);
        pools.Add("customer", 5, parent: "shared");
        var lease = pools.Run("customer", 3, "report");
        pools.Add("shared", 2);
        Assert.Equal((1, 3L), pools.Used("shared"));
        Assert.Equal(2, pools["shared"].Epoch);
        Assert.Equal(1, Kill("shared", "report").Killed);
        Assert.Equal((0, 0L), pools.Used("customer"));
        Assert.NotNull(lease.KilledBy);
    }

    [Fact]
    public void A_lease_is_released_to_the_newest_activation_and_not_to_the_one_that_admitted_it()
    {
        var old = pools.Add("pool", 2);
        pools.End(pools.Run("pool")); // from now on its epoch is known, and jobs are admitted immediately
        var lease = pools.Run("pool");
        pools.Add("pool", 2);
        Assert.Equal((true, 1), (old.IsReady, pools.Used("pool").Workers));
        pools.End(lease);
        Assert.Equal(0, pools.Used("pool").Workers);
    }

    [Fact]
    public void A_lease_is_released_to_the_parent_that_its_pool_had_at_admission()
    {
        pools.Add("first", 1);
        pools.Add("second", 1);
        var customer = pools.Add("customer", 5, parent: "first");
        pools.End(pools.Run("customer"));
        var lease = pools.Run("customer");
        Assert.NotNull(lease.LocalActor);
        pools.Turn(() => customer.ChangeAsync(new PoolConfiguration { Limits = new PoolLimits(5, 1_000), Parent = "second" }));
        pools.Run("customer");
        Assert.Equal((2, 1, 1), (pools.Used("customer").Workers, pools.Used("first").Workers, pools.Used("second").Workers));
        pools.End(lease);
        Assert.Equal((1, 0, 1), (pools.Used("customer").Workers, pools.Used("first").Workers, pools.Used("second").Workers));
    }

    [Fact]
    public void A_release_that_knows_of_a_newer_activation_is_not_acknowledged_by_the_old_one()
    {
        var pool = pools.Add("pool", 2);
        var lease = pools.Run("pool");
        Assert.Throws<PoolSupersededException>(()
            => pool.ReleaseAsync(new ReleaseRequest(lease.Job, Route.Entry, LeaseOutcome.Completed) { Seen = 2 }).Now());
        Assert.True(pool.IsSuperseded);
    }

    [Fact]
    public void A_superseded_activation_releases_the_parents_shares_of_a_batch_that_it_can_no_longer_reply_to()
    {
        pools.Add("shared", 5);
        var customer = pools.Add("customer", 5, parent: "shared");
        AcquireRequest[] requests = [Question(1) with { Seen = 1 }, Question(2) with { Seen = 2 }];
        var replies = pools.Turn(() => customer.AcquireManyAsync(requests).AsTask());
        Assert.IsType<PoolSupersededException>(replies.Exception?.InnerException);
        Assert.Equal((0, 0, 1L), (pools.Used("shared").Workers, pools["shared"].Unsettled, pools["shared"].GetSnapshot().Totals.Admitted));

        AcquireRequest Question(ulong number)
            => new()
            {
                Job = new JobId(9, number),
                Node = pools.Node.Id,
                Budget = TimeSpan.FromSeconds(1),
            };
    }

    [Fact]
    public void Jobs_on_a_node_that_dies_while_an_activation_starts_are_not_counted()
    {
        pools.Add("pool", 2);
        pools.Run("pool");
        var live = new TaskCompletionSource<IReadOnlyCollection<NodeId>>();
        pools.LiveNodes = () => new ValueTask<IReadOnlyCollection<NodeId>>(live.Task);
        var next = pools.Add("pool", 2);
        pools.Turn(() =>
        {
            next.NodeDied(pools.Node.Id);
            return live.TrySetResult([pools.Node.Id]);
        });
        Assert.Equal((true, 0), (next.IsReady, pools.Used("pool").Workers));
    }

    [Fact]
    public void A_replaced_activation_that_was_not_notified_stops_at_the_next_reconciliation()
    {
        var old = pools.Add("pool", 2);
        pools.Add("pool", 2);
        Assert.True(old.IsReady);
        pools.Turn(() => old.ReconcileAsync());
        Assert.True(old.IsSuperseded);
        pools.Turn(() => pools["pool"].ReconcileAsync());
        Assert.True(pools["pool"].IsReady);
    }

    [Fact]
    public void An_activation_that_was_not_notified_of_the_removal_of_its_pool_stops_at_the_next_reconciliation()
    {
        var pool = pools.Add("pool", 2);
        pools.Store.Remove("pool");
        Assert.True(pool.IsReady);
        pools.Turn(() => pool.ReconcileAsync());
        Assert.Equal(RejectReason.NoSuchPool, pools.Rejected("pool").Reason);
    }

    [Fact]
    public void A_removed_pool_admits_nothing_and_lets_its_jobs_end()
    {
        var pool = pools.Add("pool", 2);
        var lease = pools.Run("pool");
        pools.Turn(() =>
        {
            pool.Remove();
            return 0;
        });
        Assert.Equal(RejectReason.NoSuchPool, pools.Rejected("pool").Reason);
        pools.End(lease);
        Assert.Equal(0, pool.GetSnapshot().UsedWorkers);
    }

    [Fact]
    public void A_job_that_waits_at_a_parent_is_rejected_if_its_pool_is_removed()
    {
        pools.Add("shared", 1);
        var customer = pools.Add("customer", 5, parent: "shared");
        var running = pools.Run("shared");
        var waiter = pools.Admit("customer", waitMs: 60_000);
        pools.Turn(() =>
        {
            customer.Remove();
            return 0;
        });
        Assert.Equal(Rejects.NoSuchPool("customer"), waiter.Now().Reject);
        Assert.Equal(0, pools["shared"].GetSnapshot().Waiting);
        pools.End(running);
        Assert.Equal((0, 0), (pools.Used("customer").Workers, pools.Used("shared").Workers));
    }

    private KillReply Kill(string pool, string name) => Kill(pool, new KillTarget(name, null));

    private KillReply Kill(string pool, KillTarget target)
        => pools.Turn(() => pools[pool].KillAsync(Guid.NewGuid(), target, "because").AsTask()).Now();
}
