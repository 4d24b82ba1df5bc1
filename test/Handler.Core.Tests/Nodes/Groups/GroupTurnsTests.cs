using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>Which group of workers gets a place or a process, without a node.</summary>
public sealed class GroupTurnsTests
{
    private readonly TestDispatch parts = new(static options =>
    {
        (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (2, 0, 1);
        options.AddProfile("other");
        options.AddProfile("apart", static profile => profile.Sharing = WorkerSharing.Pool);
    });

    private long attempts;

    private WorkerGroup Standard => parts.Group;

    private WorkerGroup Other => parts.Groups.OfProfiles.Single(static group => group.Profile.Name == "other");

    [Fact]
    public void Each_job_has_the_group_of_its_profile()
    {
        Assert.Same(Standard, parts.Groups.Find(new TestJob(1)));
        Assert.Same(Standard, parts.Groups.Find(new TestJob(1, pool: "a")));
        Assert.Same(Standard, parts.Groups.Find(new TestJob(1, pool: "a", profile: "Default")));
        Assert.Same(Other, parts.Groups.Find(new TestJob(1, pool: "a", profile: "OTHER")));
        Assert.Null(parts.Groups.Find(new TestJob(1, pool: "a", profile: "missing")));
    }

    [Fact]
    public void Each_pool_of_a_profile_without_sharing_has_a_group_until_it_has_neither_workers_nor_jobs()
    {
        var job = new TestJob(1, pool: "a", profile: "apart");
        var group = parts.Groups.Find(job)!;
        Assert.Same(group, parts.Groups.Find(new TestJob(2, pool: "a", profile: "apart")));
        Assert.NotSame(group, parts.Groups.Find(new TestJob(3, pool: "b", profile: "apart")));
        group.Queue.AddLast(job);
        parts.Groups.ForgetIfEmpty(group);
        Assert.Same(group, parts.Groups.Find(job));
        group.Queue.Remove(job);
        parts.Groups.ForgetIfEmpty(group);
        Assert.NotSame(group, parts.Groups.Find(job));
    }

    [Fact]
    public void A_pool_takes_a_worker_that_has_run_no_job_and_keeps_it()
    {
        var job = new TestJob(1, pool: "a", profile: "apart");
        var group = parts.Groups.Find(job)!;
        var stock = parts.Groups.OfProfiles.Single(static each => each.Profile.Name == "apart");
        var worker = AddIdle(stock);
        Assert.Equal((1, 0), (stock.Staying.Count, group.Staying.Count));
        Assert.Same(worker, group.Assignment.TryAssign(job));
        Assert.Same(group, worker.Set);
        Assert.Equal((0, 1, 1), (stock.Staying.Count, group.Staying.Count, group.Totals.Staying));
        Assert.False(parts.Groups.Find(new TestJob(2, pool: "b", profile: "apart"))!.HasUnused);
    }

    [Fact]
    public void An_old_worker_of_a_pool_retires_immediately_if_one_is_in_stock()
    {
        var job = new TestJob(1, pool: "a", profile: "apart");
        var group = parts.Groups.Find(job)!;
        var old = AddIdle(group);
        AddIdle(parts.Groups.OfProfiles.Single(static each => each.Profile.Name == "apart"));
        group.Retirement.Age(old, now: 0);
        Assert.Equal(1, TestWorkers.ProcessOf(old).Kills);
        Assert.NotSame(old, group.Assignment.TryAssign(job));
    }

    [Fact]
    public void An_old_worker_of_a_pool_retires_when_one_in_stock_is_ready()
    {
        var group = parts.Groups.Find(new TestJob(1, pool: "a", profile: "apart"))!;
        var stock = parts.Groups.OfProfiles.Single(static each => each.Profile.Name == "apart");
        var old = AddIdle(group);
        var spare = TestWorkers.New(stock);
        stock.Add(spare);
        old.Ageing = true;
        stock.Retirement.Ready(spare);
        Assert.Equal(1, TestWorkers.ProcessOf(old).Kills);
    }

    [Fact]
    public void An_old_worker_of_a_pool_retires_at_its_next_job_if_one_in_stock_was_ready_before()
    {
        var (first, second) = (new TestJob(1, pool: "a", profile: "apart"), new TestJob(2, pool: "a", profile: "apart"));
        var group = parts.Groups.Find(first)!;
        var old = TestWorkers.New(group, jobsAllowed: 2);
        old.JobsTaken = 1;
        group.Add(old);
        group.MakeIdle(old);
        Assert.Same(old, group.Assignment.TryAssign(first));
        Assert.Equal((true, null), (old.Ageing, old.Retiring));
        old.Remove(first);
        group.Retirement.NoJobLeft(old);
        AddIdle(parts.Groups.OfProfiles.Single(static each => each.Profile.Name == "apart"));
        Assert.Same(old, group.Assignment.TryAssign(second));
        Assert.Equal("recycled", old.Retiring);
    }

    [Fact]
    public void Forgetting_an_earlier_group_of_a_pool_does_not_forget_its_present_one()
    {
        var job = new TestJob(1, pool: "a", profile: "apart");
        var earlier = parts.Groups.Find(job)!;
        parts.Groups.ForgetIfEmpty(earlier);
        var present = parts.Groups.Find(job)!;
        present.Queue.AddLast(job);
        parts.Groups.ForgetIfEmpty(earlier); // two workers of it may have exited at the same time
        Assert.Same(present, parts.Groups.Find(job));
        Assert.Same(job, Assert.Single(parts.Groups.TakeQueues()));
    }

    [Fact]
    public void The_groups_of_pools_are_forgotten_when_their_jobs_are_rejected()
    {
        var (first, second) = (new TestJob(1, pool: "a", profile: "apart"), new TestJob(2, pool: "b", profile: "apart"));
        var groups = new[] { parts.Groups.Find(first)!, parts.Groups.Find(second)! };
        groups[0].Queue.AddLast(first);
        groups[1].Queue.AddLast(second);
        Assert.Equal([first, second], parts.Groups.TakeQueuesOf(groups[0]));
        Assert.NotSame(groups[0], parts.Groups.Find(first));
        Assert.NotSame(groups[1], parts.Groups.Find(second));
    }

    [Fact]
    public void The_group_of_a_pool_is_forgotten_when_its_only_worker_cannot_start()
    {
        var job = new TestJob(1, pool: "a", profile: "apart");
        var group = parts.Groups.Find(job)!;
        var worker = TestWorkers.New(group);
        group.Add(worker);
        parts.Lifecycle.CannotStart(worker, "refused");
        Assert.NotSame(group, parts.Groups.Find(job));
    }

    [Fact]
    public void The_first_worker_of_a_profile_ends_if_there_is_no_room_for_it()
    {
        Busy(Standard, 2);
        AddIdle(Standard);
        var first = AddIdle(Other);
        parts.Lifecycle.Opened(Other);
        Assert.Equal(1, TestWorkers.ProcessOf(first).Kills);
        Assert.Equal(3, Totals.Staying);
        parts.Lifecycle.Opened(Standard);
        Assert.Equal(3, Totals.Staying);
    }

    [Fact]
    public void The_place_of_a_ready_worker_whose_job_is_gone_is_for_another_group()
    {
        var parts = new TestDispatch(static options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 0, 0);
            options.AddProfile("other");
        });
        var other = parts.Groups.OfProfiles.Last();
        var worker = parts.AddStarting();
        var process = new ScriptedWorker(1, static (_, _) => { });
        parts.Lifecycle.Started(worker, process);
        other.Queue.AddLast(new TestJob(1, pool: "b", profile: "other") { Set = other });
        parts.Groups.StartMissing();
        Assert.Empty(other.All);
        parts.Lifecycle.Ready(worker);
        Assert.Equal(1, process.Kills);
        Assert.Equal(WorkerState.Starting, Assert.Single(other.All).State);
    }

    [Fact]
    public void An_idle_worker_that_waits_for_a_place_keeps_its_turn()
    {
        var worker = Busy(Standard, 1)[0];
        worker.Remove(worker.Jobs().First());
        Standard.MakeIdle(worker);
        Enqueue(Standard, "a", 1);
        Busy(Other, 2);
        var group = parts.Groups.Find(new TestJob(50, pool: "c", profile: "apart"))!;
        group.Queue.AddLast(new TestJob(51, pool: "c", profile: "apart", isQuick: false) { Set = group });
        parts.Groups.StartMissing();
        Assert.Equal(0, TestWorkers.ProcessOf(worker).Kills);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(10_000, true)]
    public void A_worker_whose_start_took_long_serves_for_longer(int servedMilliseconds, bool expected)
    {
        var parts = new TestDispatch(static options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 0, 0);
            options.AddProfile("other");
        });
        var other = parts.Groups.OfProfiles.Last();
        var job = new TestJob(1, pool: "a");
        var readyAt = Stopwatch.GetTimestamp() - (servedMilliseconds * 1_000_000L);
        var worker = TestWorkers.New(parts.Group, startedAt: readyAt - 1_000_000_000);
        worker.ReadyAt = readyAt;
        parts.Workers.Add(worker);
        parts.Workers.MakeIdle(worker);
        Assert.Same(worker, parts.Workers.TakeIdle());
        worker.Assign(job, readyAt);
        other.Queue.AddLast(new TestJob(2, pool: "b", profile: "other") { Set = other });
        parts.Enqueue(new TestJob(3, pool: "a", isQuick: false));
        worker.Remove(job);
        Assert.Equal(expected, parts.Responses.Refill(worker, new byte[1 << 16]).Alone is null);
    }

    [Fact]
    public void A_node_opens_with_one_worker_of_each_profile_although_there_is_no_room()
    {
        var parts = new TestDispatch(static options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 1, 0);
            options.AddProfile("other");
        });
        foreach (var profile in parts.Groups.OfProfiles)
            parts.Lifecycle.Open(profile, atLeastOne: true);
        Assert.All(parts.Groups.OfProfiles, static profile => Assert.Single(profile.All));
    }

    [Fact]
    public void A_group_without_workers_gets_a_process_although_another_has_jobs_for_all()
    {
        Busy(Standard, 2);
        Enqueue(Standard, "a", 10);
        parts.Groups.StartMissing();
        Assert.Equal(3, Totals.Staying); // a spare one
        var spare = Standard.All.Single(static worker => worker.State == WorkerState.Starting);
        spare.Process = TestWorkers.New().Process;
        Standard.MakeIdle(spare);
        Enqueue(Other, "b", 1);
        parts.Groups.StartMissing();
        Assert.Equal(1, TestWorkers.ProcessOf(spare).Kills);
        Assert.Equal(WorkerState.Starting, Assert.Single(Other.All).State);
        Assert.Equal(3, Totals.Staying);
    }

    [Fact]
    public void A_tenant_gets_no_more_processes_than_its_share()
    {
        Busy(Standard, 2);
        Enqueue(Standard, "a", 10);
        Enqueue(Other, "b", 10);
        parts.Groups.StartMissing();
        parts.Groups.StartMissing();
        Assert.Equal((2, 1), (Standard.All.Count, Other.All.Count));
    }

    [Fact]
    public void A_worker_gives_way_to_an_idle_one_of_the_group_whose_turn_it_is()
    {
        var worker = Busy(Standard, 2)[0];
        Enqueue(Standard, "a", 10);
        AddIdle(Other);
        Enqueue(Other, "b", 1);
        worker.Remove(worker.Jobs().First());
        var refill = parts.Responses.Refill(worker, new byte[1 << 16]);
        Assert.Equal("b", Assert.Single(refill.Others!).Job.Path!.Pool);
        Assert.Equal(WorkerState.Idle, worker.State);
    }

    [Theory]
    [InlineData(0, false)] // its turn has just begun
    [InlineData(Tuning.Workers.ShortestTurn, true)]
    public void A_worker_is_replaced_for_another_group_if_there_is_no_other_room_and_it_has_served_its_turn(long served, bool expected)
    {
        var parts = new TestDispatch(static options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 0, 0);
            options.AddProfile("other");
        });
        var other = parts.Groups.OfProfiles.Last();
        var job = new TestJob(1, pool: "a");
        var worker = parts.AddBusy(Stopwatch.GetTimestamp() - served, job);
        other.Queue.AddLast(new TestJob(2, pool: "b", profile: "other") { Set = other });
        parts.Enqueue(new TestJob(3, pool: "a", isQuick: false));
        worker.Remove(job);
        Assert.Equal(expected, parts.Responses.Refill(worker, new byte[1 << 16]).Alone is null);
        Assert.Equal(expected ? 1 : 0, TestWorkers.ProcessOf(worker).Kills);
        Assert.Equal(expected ? 1 : 0, other.All.Count(static each => each.State == WorkerState.Starting));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(Tuning.Workers.ShortestTurn, false)]
    public void A_worker_has_a_turn_from_its_first_job_on_if_there_is_no_room_for_more(long served, bool expected)
    {
        var free = Busy(Standard, 1)[0];
        AddIdle(Standard);
        AddIdle(Other);
        var job = new TestJob(++attempts, pool: "b", profile: "other");
        var worker = Other.Assignment.TryAssign(job)!;
        Assert.Null(free.TurnSince);
        Assert.True(GroupTurns.HasTurnLeft(worker, worker.BusySince));
        Assert.Equal(expected, GroupTurns.HasTurnLeft(worker, worker.BusySince + served));
        var began = worker.TurnSince;
        worker.Remove(job);
        Other.Retirement.NoJobLeft(worker);
        worker.IdleSince = Stopwatch.GetTimestamp() + Tuning.Workers.ShortestIdle; // not long ago, however slow the machine is
        var next = new TestJob(++attempts, pool: "b", profile: "other");
        Other.Assignment.TryAssign(next);
        Assert.Equal(began, worker.TurnSince);
        worker.Remove(next);
        Other.Retirement.NoJobLeft(worker);
        worker.IdleSince = Stopwatch.GetTimestamp() - Tuning.Workers.ShortestIdle;
        Other.Assignment.TryAssign(new TestJob(++attempts, pool: "b", profile: "other"));
        Assert.True(worker.TurnSince > began);
        worker.Retiring = "old";
        Assert.False(GroupTurns.HasTurnLeft(worker, worker.BusySince));
    }

    [Fact]
    public void An_idle_worker_is_kept_for_a_moment_for_the_next_job_of_its_caller()
    {
        var parts = new TestDispatch(static options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (1, 0, 0);
            options.AddProfile("other");
        });
        var other = parts.Groups.OfProfiles.Last();
        var worker = parts.AddBusyWithoutJob();
        parts.Retirement.NoJobLeft(worker);
        other.Queue.AddLast(new TestJob(2, pool: "b", profile: "other") { Set = other });
        worker.IdleSince = Stopwatch.GetTimestamp() + Tuning.Workers.ShortestIdle; // so that it has not passed, however slow the machine is
        parts.Groups.StartMissing();
        Assert.Empty(other.All);
        Assert.Contains(worker.IdleSince + Tuning.Workers.ShortestIdle, parts.Wakes);
        worker.IdleSince = Stopwatch.GetTimestamp() - Tuning.Workers.ShortestIdle;
        parts.Groups.StartMissing();
        Assert.Single(other.All);
        Assert.Equal(1, TestWorkers.ProcessOf(worker).Kills);
    }

    [Fact]
    public void A_spare_worker_that_is_starting_does_not_keep_pools_from_starting_their_own()
    {
        var apart = parts.Groups.OfProfiles.Single(static each => each.Profile.Name == "apart");
        apart.Starts.StartFirst();
        var group = parts.Groups.Find(new TestJob(1, pool: "a", profile: "apart"))!;
        group.Queue.AddLast(new TestJob(1, pool: "a", profile: "apart") { Set = group });
        parts.Groups.StartMissing();
        Assert.Single(group.All);
    }

    [Fact]
    public void A_group_whose_workers_do_not_start_does_not_keep_another_from_its_turn()
    {
        Other.Starts.Failed("it cannot");
        Enqueue(Other, "b", 1);
        Enqueue(Standard, "a", 1);
        parts.Groups.StartMissing();
        Assert.Equal((2, 0), (Standard.All.Count, Other.All.Count)); // one is a spare
    }

    [Fact]
    public void What_a_starting_worker_was_charged_for_is_given_back_when_it_cannot_start()
    {
        Enqueue(Other, "b", 1);
        parts.Groups.StartMissing();
        var worker = Assert.Single(Other.All);
        Assert.NotNull(worker.StartedFor);
        parts.Lifecycle.CannotStart(worker, "refused");
        Assert.Null(worker.StartedFor);
        Assert.Empty(Other.All);
        Assert.Equal(Standard.Staying.Count, Totals.Staying);
    }

    private NodeTotals Totals => parts.Groups.Totals;

    private Worker[] Busy(WorkerGroup group, int count)
    {
        var workers = new Worker[count];
        for (var i = 0; i < count; i++)
        {
            AddIdle(group);
            workers[i] = group.Assignment.TryAssign(new TestJob(++attempts, pool: "a"))!;
        }

        return workers;
    }

    private static Worker AddIdle(WorkerGroup group)
    {
        var worker = TestWorkers.New(group);
        group.Add(worker);
        group.MakeIdle(worker);
        return worker;
    }

    private void Enqueue(WorkerGroup group, string pool, int count)
    {
        for (var i = 0; i < count; i++)
            group.Queue.AddLast(new TestJob(++attempts, pool: pool, profile: group.Profile.Name, isQuick: false) { Set = group });
    }
}
