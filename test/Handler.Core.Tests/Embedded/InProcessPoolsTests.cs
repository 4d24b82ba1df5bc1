using System.Collections.Concurrent;
using Handler.Embedded;
using Handler.Pools;

namespace Handler.Tests.Embedded;

/// <summary>The same actors with real threads.</summary>
public class InProcessPoolsTests
{
    private readonly InProcessPools pools;

    public InProcessPoolsTests()
    {
        this.pools = new InProcessPools();
        this.pools.Add("shared", Configuration(6));
        this.pools.Add("left", Configuration(4, "shared"));
        this.pools.Add("right", Configuration(4, "shared"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_has_ended_holds_nothing_in_any_pool_whether_or_not_its_worker_has_a_turn_left(bool hasTurnLeft)
    {
        this.pools.Add("alone", Configuration(1));
        this.pools.Add("below", Configuration(1, "alone"));
        var request = new AdmissionRequest { Pool = "below", Bytes = 0, PoolTimeout = TimeSpan.FromSeconds(10) };
        var first = (await this.pools.AdmitAsync(request)).Lease!;
        var waiting = this.pools.AdmitAsync(request with { Wait = TimeSpan.FromMinutes(1) });
        this.pools.End(first, LeaseOutcome.Completed with { HasTurnLeft = hasTurnLeft });
        var second = (await waiting).Lease!;
        this.pools.End(second, LeaseOutcome.Completed with { HasTurnLeft = hasTurnLeft });
        Assert.Equal(0, this.pools.GetSnapshot("alone")!.UsedWorkers);

        var third = (await this.pools.AdmitAsync(request)).Lease!;
        this.pools.End(third, LeaseOutcome.Completed with { HasTurnLeft = hasTurnLeft });
        Assert.NotNull((await this.pools.AdmitAsync(request)).Lease);
    }

    [Fact]
    public async Task Many_threads_never_exceed_a_limit_and_leave_no_shares_behind()
    {
        var running = 0;
        var most = 0;
        var admitted = 0;
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var i = 0; i < 2_000; i++)
            {
                using var cancel = new CancellationTokenSource();
                if (random.Next(10) == 0)
                    cancel.CancelAfter(random.Next(3));
                try
                {
                    var request = new AdmissionRequest
                    {
                        Pool = random.Next(2) == 0 ? "left" : "right",
                        Bytes = random.Next(10),
                        Name = "report",
                        Priority = random.Next(3),
                        Wait = TimeSpan.FromMilliseconds(random.Next(3)),
                        PoolTimeout = TimeSpan.FromSeconds(10),
                    };
                    if ((await this.pools.AdmitAsync(request, cancel.Token)).Lease is not { } lease)
                        continue;
                    Interlocked.Increment(ref admitted);
                    var now = Interlocked.Increment(ref running);
                    for (var seen = most; seen < now && Interlocked.CompareExchange(ref most, now, seen) != seen; seen = most)
                    {
                    }

                    if (random.Next(4) == 0)
                        await Task.Yield();
                    Interlocked.Decrement(ref running);
                    this.pools.End(lease, LeaseOutcome.Completed);
                }
                catch (OperationCanceledException)
                {
                }
            }
        }));
        await Task.WhenAll(callers).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.InRange(most, 1, 6);
        Assert.True(admitted > 1_000, $"Only {admitted} jobs were admitted.");
        foreach (var pool in new[] { "shared", "left", "right" })
        {
            var snapshot = this.pools.GetSnapshot(pool)!;
            Assert.Equal((0, 0L, 0, 0), (snapshot.UsedWorkers, snapshot.UsedBytes, snapshot.HeldWorkers, snapshot.Waiting));
        }
    }

    [Fact]
    public async Task A_job_that_ends_while_another_begins_to_wait_makes_room_for_it()
    {
        var time = new HookedTime();
        var pools = new InProcessPools(time: time);
        pools.Add("pool", Configuration(1));
        var running = (await pools.AdmitAsync(Request("pool"))).Lease!;
        time.OnTimer = () => pools.End(running, LeaseOutcome.Completed); // before the waiting job is known
        var waiting = pools.AdmitAsync(Request("pool") with { Wait = TimeSpan.FromMinutes(1) });
        Assert.NotNull((await waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(30))).Lease);
    }

    [Fact]
    public async Task Only_a_few_ended_jobs_are_left_for_the_next_turn()
    {
        this.pools.Change("shared", Configuration(1_000));
        this.pools.Change("left", Configuration(1_000, "shared"));
        var leases = new List<Lease>();
        for (var i = 0; i < 200; i++)
            leases.Add((await this.pools.AdmitAsync(Request("left"))).Lease!);
        leases.ForEach(lease => this.pools.End(lease, LeaseOutcome.Completed));
        Assert.InRange(leases.Count(lease => this.pools.FindLease(lease.Job) is not null), 0, 64);
    }

    [Fact]
    public async Task The_code_of_a_waiting_caller_does_not_continue_under_the_lock()
    {
        this.pools.Change("shared", Configuration(1));
        var lease = (await this.pools.AdmitAsync(Request("left"))).Lease!;
        var waiting = Task.Run(async () =>
        {
            var admission = await this.pools.AdmitAsync(Request("right") with { Wait = TimeSpan.FromMinutes(1) }).ConfigureAwait(false);
            var elsewhere = Task.Run(() => this.pools.GetSnapshot("shared"));
            Assert.True(elsewhere.Wait(TimeSpan.FromSeconds(30)), "The lock is held.");
            return admission;
        });
        while (this.pools.GetSnapshot("shared")!.Waiting == 0)
            await Task.Yield();
        this.pools.End(lease, LeaseOutcome.Completed);
        Assert.NotNull((await waiting.WaitAsync(TimeSpan.FromMinutes(1))).Lease);
    }

    [Fact]
    public async Task A_blocking_selector_delays_only_the_jobs_that_need_it_and_has_one_call_at_a_time()
    {
        using var gate = new ManualResetEventSlim();
        var (inside, most) = (0, 0);
        var pools = WithSelector((_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref inside));
            gate.Wait();
            Interlocked.Decrement(ref inside);
            return ["shared"];
        });
        var impatient = pools.AdmitAsync(Request("child") with { PoolTimeout = TimeSpan.FromMilliseconds(20) });
        var patient = Enumerable
            .Range(0, 3)
            .Select(_ => pools.AdmitAsync(Request("child") with { PoolTimeout = TimeSpan.FromMinutes(1) }).AsTask())
            .ToList();
        Assert.NotNull((await pools.AdmitAsync(Request("shared"))).Lease);
        Assert.Equal(new JobRejected("child", RejectReason.PoolTimeout, 0, 0, 20), (await impatient).Reject);
        Assert.Equal(3, pools.GetSnapshot("child")!.HeldWorkers);
        gate.Set();
        Assert.All(await Task.WhenAll(patient).WaitAsync(TimeSpan.FromMinutes(1)), admission => Assert.NotNull(admission.Lease));
        Assert.Equal((1, 3, 4), (most, pools.GetSnapshot("child")!.UsedWorkers, pools.GetSnapshot("shared")!.UsedWorkers));
    }

    [Fact]
    public async Task A_warning_is_raised_while_no_lock_is_held()
    {
        InProcessPools pools = null!;
        var warnings = new ConcurrentQueue<bool>();
        pools = WithSelector(
            (_, _) => throw new InvalidOperationException(),
            () => warnings.Enqueue(Task.Run(() => pools.GetSnapshot("child")).Wait(TimeSpan.FromSeconds(30))));
        Assert.Equal(RejectReason.SelectorFailed, (await pools.AdmitAsync(Request("child"))).Reject.Reason);
        while (warnings.IsEmpty)
            await Task.Yield();
        Assert.Equal([true], warnings);
    }

    [Fact]
    public async Task Pools_are_added_changed_and_removed_while_they_run()
    {
        Assert.False(this.pools.Add("left", Configuration(1)));
        Assert.True(this.pools.Add("new", Configuration(1, "shared")));
        var lease = (await this.pools.AdmitAsync(Request("new"))).Lease!;
        Assert.Equal(RejectReason.NoWorkersAvailable, (await this.pools.AdmitAsync(Request("new"))).Reject.Reason);
        Assert.True(this.pools.Change("new", Configuration(2)));
        var alone = (await this.pools.AdmitAsync(Request("new"))).Lease!;
        Assert.Null(alone.Chain.Above);
        Assert.True(this.pools.Remove("new"));
        Assert.Equal(RejectReason.NoSuchPool, (await this.pools.AdmitAsync(Request("new"))).Reject.Reason);
        Assert.False(this.pools.Change("new", Configuration(2)));
        this.pools.End(lease, LeaseOutcome.Completed);
        this.pools.End(alone, LeaseOutcome.Completed);
        Assert.Equal(0, this.pools.GetSnapshot("shared")!.UsedWorkers);
    }

    [Fact]
    public async Task Leases_that_end_in_parallel_are_all_released_before_the_next_admission()
    {
        const int Jobs = 1_000;
        Assert.True(this.pools.Change("shared", Configuration(Jobs)));
        Assert.True(this.pools.Change("left", Configuration(Jobs, "shared")));
        var leases = new List<Lease>();
        for (var i = 0; i < Jobs; i++)
            leases.Add((await this.pools.AdmitAsync(Request("left"))).Lease!);
        Parallel.ForEach(leases, lease => this.pools.End(lease, LeaseOutcome.Completed));
        for (var i = 0; i < Jobs; i++)
            Assert.NotNull((await this.pools.AdmitAsync(Request("left"))).Lease);
        leases.ForEach(lease => this.pools.End(lease, LeaseOutcome.Completed)); // a second end of the same lease does not count
        Assert.Equal(Jobs, this.pools.GetSnapshot("shared")!.UsedWorkers);
        Assert.Equal(Jobs, this.pools.GetSnapshot("left")!.Totals.Outcomes[JobOutcomeKind.Completed]);
    }

    [Fact]
    public async Task A_pool_that_is_removed_and_added_again_counts_the_jobs_that_still_run()
    {
        var lease = (await this.pools.AdmitAsync(Request("left"))).Lease!;
        Assert.True(this.pools.Remove("shared"));
        Assert.Equal(new JobRejected("shared", RejectReason.NoSuchPool, 1, 0, 0), (await this.pools.AdmitAsync(Request("left"))).Reject);
        Assert.True(this.pools.Add("shared", Configuration(2)));
        Assert.Equal(1, this.pools.GetSnapshot("shared")!.UsedWorkers);
        var second = (await this.pools.AdmitAsync(Request("left"))).Lease!;
        Assert.Equal(RejectReason.NoWorkersAvailable, (await this.pools.AdmitAsync(Request("right"))).Reject.Reason);
        this.pools.End(lease, LeaseOutcome.Completed);
        this.pools.End(second, LeaseOutcome.Completed);
        Assert.Equal(0, this.pools.GetSnapshot("shared")!.UsedWorkers);
        Assert.Equal(0, this.pools.GetSnapshot("left")!.UsedWorkers);
    }

    [Fact]
    public async Task A_kill_returns_the_runners_of_the_killed_jobs()
    {
        var lease = (await this.pools.AdmitAsync(Request("left"))).Lease!;
        var runner = new Runner();
        Assert.Null(lease.Attach(runner));
        var killed = this.pools.Kill("shared", new KillTarget("report", null), "because");
        Assert.Equal(1, killed.Count);
        Assert.Equal([runner], killed.Runners);
        Assert.Equal((0, 0), Counts(this.pools.Kill("left", KillTarget.All, "because")));
        Assert.Equal((0, 0), Counts(this.pools.Kill("missing", new KillTarget(null, lease.Job), "because")));
    }

    [Fact]
    public async Task A_job_killed_before_its_submission_is_counted_and_gets_the_reason_when_it_is_attached()
    {
        var lease = (await this.pools.AdmitAsync(Request("left"))).Lease!;
        Assert.Equal((1, 0), Counts(this.pools.Kill("left", KillTarget.All, "because")));
        Assert.Equal("because", lease.Attach(new Runner()));
    }

    [Fact]
    public async Task A_caller_whose_wait_fails_gets_the_exception()
    {
        var pools = new InProcessPools(time: new NoTimers());
        pools.Add("pool", Configuration(1));
        Assert.NotNull((await pools.AdmitAsync(Request("pool"))).Lease);
        var waiting = pools.AdmitAsync(Request("pool") with { Wait = TimeSpan.FromMinutes(1) }).AsTask();
        await Assert.ThrowsAsync<NotSupportedException>(() => waiting);
    }

    [Fact]
    public async Task Many_pools_can_be_removed_with_and_without_running_jobs_and_added_again()
    {
        var runners = new HashSet<ILeaseStage>();
        for (var round = 0; round < 3; round++)
        {
            foreach (var pool in Enumerable.Range(0, 100).Select(i => $"tenant-{i}"))
            {
                Assert.True(this.pools.Add(pool, Configuration(2, "shared")));
                var lease = (await this.pools.AdmitAsync(Request(pool))).Lease!;
                lease.Attach(new Runner());
                if (round == 0)
                    this.pools.End(lease, LeaseOutcome.Completed);
                Assert.True(this.pools.Remove(pool));
                Assert.Equal(RejectReason.NoSuchPool, (await this.pools.AdmitAsync(Request(pool))).Reject.Reason);
                if (round == 2)
                    runners.Add(Assert.Single(this.pools.Kill(pool, KillTarget.All, "because").Runners));
                if (round > 0)
                    this.pools.End(lease, LeaseOutcome.Completed);
                Assert.Equal((0, 0), Counts(this.pools.Kill(pool, KillTarget.All, "because")));
            }
        }

        Assert.Equal(0, this.pools.GetSnapshot("shared")!.UsedWorkers);
        Assert.Equal(100, runners.Count);
    }

    private static (int Count, int Runners) Counts(KilledJobs killed) => (killed.Count, killed.Runners.Count);

    private InProcessPools WithSelector(Func<string?, string?, IReadOnlyList<string>> select, Action? warn = null)
    {
        var selectors = new Dictionary<string, IPoolSelector> { ["chosen"] = new FunctionSelector(select) };
        var pools = new InProcessPools(selectors, logger: new CallingLogger(() => warn?.Invoke()));
        pools.Add("shared", Configuration(6));
        pools.Add("child", Configuration(6) with { Selector = "chosen" });
        return pools;
    }

    /// <summary>A request for a share of one byte.</summary>
    internal static AdmissionRequest Request(string pool)
        => new()
        {
            Pool = pool,
            Bytes = 1,
            Name = "report",
            PoolTimeout = TimeSpan.FromSeconds(30),
        };

    private static PoolConfiguration Configuration(int workers, string? parent = null)
        => new()
        {
            Limits = new PoolLimits(workers, 1_000_000),
            Parent = parent,
            MaxWaiting = 1_000,
        };

    /// <summary>Runs an action the first time a timer is created.</summary>
    private sealed class HookedTime : TimeProvider
    {
        public Action? OnTimer { get; set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var action = OnTimer;
            OnTimer = null;
            action?.Invoke();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class Runner : ILeaseRunner;
}
