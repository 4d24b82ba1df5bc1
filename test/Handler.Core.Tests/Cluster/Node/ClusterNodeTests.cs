using Handler.BadJobs;
using Handler.Cluster;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>A node for remote callers, without a cluster around it.</summary>
public sealed class ClusterNodeTests
{
    private static readonly JobOptions Patient = new() { Wait = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task A_job_runs_on_the_node_that_took_it()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { });
        Assert.Equal(42, (await Wait.For(nodes.Handler.RunAsync(static () => 42))).GetValueOrThrow());
        Assert.Empty(nodes.HandedTo);
    }

    [Fact]
    public async Task A_node_that_takes_no_jobs_hands_them_to_one_that_does()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { }, static _ => { });
        nodes.Entry.Close();
        Assert.Equal(42, (await Wait.For(nodes.Handler.RunAsync(static () => 42))).GetValueOrThrow());
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
    }

    [Fact]
    public async Task A_job_that_no_other_node_takes_waits_until_its_node_opens()
    {
        await using var nodes = await RemoteNodes.StartAsync(opens: false, static _ => { });
        var outcome = nodes.Handler.RunAsync(static () => 42);
        Assert.False(outcome.IsCompleted);
        nodes.Entry.Open();
        Assert.Equal(42, (await Wait.For(outcome)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_is_offered_once_to_each_node_and_rejected_if_none_has_room()
    {
        static void OneJob(HandlerOptions options) => (options.MaxWorkers, options.MaxQueuedJobs) = (1, 0);
        await using var nodes = await RemoteNodes.StartAsync(OneJob, OneJob);
        var pool = nodes.AddPool("pool", 10);
        var running = new[] { await StartEndless(pool), await StartEndless(pool) };
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
        nodes.Entry.Close();
        var reject = Assert.IsType<JobRejected>((await Wait.For(pool.RunAsync(static () => 42))).Failure);
        Assert.Equal((null, RejectReason.NoWorkersAvailable), (reject.Pool, reject.Reason));
        Assert.Equal([nodes[1].Id, nodes[1].Id], nodes.HandedTo);
        foreach (var job in running)
            await Wait.For(job.DisposeAsync().AsTask(), "a job to be disposed");
        AssertIsIdle(nodes.Entry);
        AssertIsIdle(nodes[1]);
    }

    [Fact]
    public async Task A_call_that_was_stopped_before_it_arrived_is_refused()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { });
        var request = new JobRequest { Call = new CallId(1, 1), Options = new JobOptions(), Function = new byte[1] };
        nodes.Entry.Stop(request.Call, new StopRequest(JobKilled.ShuttingDown(), Immediately: true));
        Assert.Equal(CallState.Unknown, (await Wait.For(nodes.Entry.SubmitAsync(request))).State);
        AssertIsIdle(nodes.Entry);
    }

    [Fact]
    public async Task A_draining_node_finishes_its_running_jobs_and_its_waiting_jobs()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { });
        var pool = nodes.AddPool("pool", 1);
        using var folder = new TemporaryFolder();
        var go = folder.File("go");
        var running = await Wait.For(pool.StartAsync(() => Signs.Await(go)));
        var waiting = pool.RunAsync(static () => 42, Patient);
        await Wait.Until(async () => (await pool.GetSnapshotAsync()).Waiting == 1, () => "the job to wait");
        var drained = nodes.Entry.DrainAsync(TimeSpan.FromMinutes(1), default);
        await File.WriteAllTextAsync(go, "");
        await Wait.For(drained, "the node to drain");
        AssertIsIdle(nodes.Entry);
        (await Wait.For(running.Outcome)).ThrowIfFailed();
        Assert.Equal(42, (await Wait.For(waiting)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_draining_node_hands_its_waiting_jobs_to_another_node()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { }, static _ => { });
        var pool = nodes.AddPool("pool", 1);
        var (running, waiting) = await OneRunsAndOneWaits(pool);
        var drained = nodes.Entry.DrainAsync(TimeSpan.FromMinutes(1), default);
        await Wait.Until(() => nodes.HandedTo.Count > 0, "the job to be handed over");
        await Wait.Until(async () => (await pool.GetSnapshotAsync()).Waiting == 1, () => "the job to wait again");
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
        await Wait.For(running.DisposeAsync().AsTask(), "the running job to end");
        await Wait.For(drained, "the node to drain");
        AssertIsIdle(nodes.Entry);
        Assert.Equal(42, (await Wait.For(waiting)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_draining_node_drops_a_waiting_job_whose_hand_over_times_out_and_the_job_is_sent_again()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { }, static _ => { });
        var pool = nodes.AddPool("pool", 1);
        var (running, waiting) = await OneRunsAndOneWaits(pool);
        nodes.SlowHandOver = Task.FromException(new TimeoutException());
        var drained = nodes.Entry.DrainAsync(TimeSpan.FromMinutes(1), default);
        await Wait.Until(() => nodes.HandedTo.Count > 1, () => "the job to be sent again");
        nodes.SlowHandOver = null;
        await Wait.For(running.DisposeAsync().AsTask(), "the running job to end");
        await Wait.For(drained, "the node to drain");
        AssertIsIdle(nodes.Entry);
        Assert.Equal(42, (await Wait.For(waiting)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_waiting_job_that_was_handed_over_keeps_waiting_even_if_the_reply_to_the_hand_over_is_lost()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { }, static _ => { });
        var pool = nodes.AddPool("pool", 1);
        var (running, waiting) = await OneRunsAndOneWaits(pool);
        nodes.LosesRepliesOfHandOvers = true;
        var drained = nodes.Entry.DrainAsync(TimeSpan.FromMinutes(1), default);
        await Wait.Until(() => nodes.HandedTo.Count > 0, "the job to be handed over");
        await Wait.For(running.DisposeAsync().AsTask(), "the running job to end");
        Assert.Equal(42, (await Wait.For(waiting)).GetValueOrThrow());
        await Wait.For(drained, "the node to drain");
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
        AssertIsIdle(nodes.Entry);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task A_job_too_large_for_the_free_memory_of_its_node_runs_on_another_even_if_that_one_seems_full(double waitSeconds)
    {
        await using var nodes = await RemoteNodes.StartAsync(
            static options => options.MaxMemoryBytes = 30 << 20,
            static options => options.MaxMemoryBytes = 30 << 20);
        var big = new JobOptions { MaxHeapBytes = 18 << 20, Wait = TimeSpan.FromSeconds(waitSeconds) };
        var pool = nodes.AddPool("pool", 10);
        await using var first = await Wait.For(pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite), big), "a job to be admitted");
        nodes.Published = static load => load with { FreeBytes = 0 };
        Assert.Equal(42, (await Wait.For(pool.RunAsync(static () => 42, big))).GetValueOrThrow());
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
        Assert.Equal(1, (await pool.GetSnapshotAsync()).UsedWorkers);
    }

    [Fact]
    public async Task A_job_whose_node_is_full_when_it_gets_its_share_runs_on_another()
    {
        await using var nodes = await RemoteNodes.StartAsync(
            static options => options.MaxMemoryBytes = 30 << 20,
            static options => options.MaxMemoryBytes = 30 << 20);
        var big = Patient with { MaxHeapBytes = 18 << 20 };
        var pool = nodes.AddPool("pool", 1);
        await using var first = await Wait.For(
            pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite), new JobOptions { MaxHeapBytes = 4 << 20 }),
            "a job to be admitted");
        var started = pool.TryStartAsync(static () => 42, big);
        await Wait.Until(async () => (await pool.GetSnapshotAsync()).Waiting == 1, () => "the job to wait");
        using var stop = new CancellationTokenSource();
        var filling = nodes.Handler.RunAsync(
            static () => Thread.Sleep(Timeout.Infinite),
            new JobLimits { MaxHeapBytes = 20 << 20 },
            stop.Token);
        await Wait.Until(() => nodes.Entry.Records().Jobs == 2, "the node to be full");
        await Wait.For(first.DisposeAsync().AsTask(), "the first job to end");
        Assert.Equal(42, (await Wait.For((await Wait.For(started)).Job!.Outcome)).GetValueOrThrow());
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
        await stop.CancelAsync();
        Assert.IsType<JobKilled>((await Wait.For(filling)).Failure);
        Assert.Equal(0, (await pool.GetSnapshotAsync()).UsedWorkers);
        AssertIsIdle(nodes.Entry);
        AssertIsIdle(nodes[1]);
    }

    [Fact]
    public async Task A_job_that_may_wait_also_waits_for_room_on_the_only_node()
    {
        var time = new FakeTimeProvider();
        await using var nodes = await RemoteNodes.StartAsync(time, static options => options.MaxMemoryBytes = 30 << 20);
        var big = new JobOptions { MaxHeapBytes = 18 << 20 };
        var pool = nodes.AddPool("pool", 10);
        var first = await Wait.For(pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite), big), "a job to be admitted");
        Assert.Null(Assert.IsType<JobRejected>((await Wait.For(pool.RunAsync(static () => 42, big))).Failure).Pool);
        var impatient = big with { Wait = TimeSpan.FromMilliseconds(300) };
        Assert.Null(Assert.IsType<JobRejected>((await time.For(pool.RunAsync(static () => 42, impatient))).Failure).Pool);
        var waiting = pool.RunAsync(static () => 42, big with { Wait = TimeSpan.FromMinutes(1) });
        await Wait.For(first.DisposeAsync().AsTask(), "the first job to end");
        await Wait.Until(() => nodes.Entry.Records().Jobs == 0, "the first job's room to be free");
        await time.PassAsync(TimeSpan.FromMilliseconds(100)); // it asks again
        Assert.Equal(42, (await Wait.For(waiting)).GetValueOrThrow());
        AssertIsIdle(nodes.Entry);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_job_that_is_infeasible_on_all_nodes_is_rejected_immediately_and_takes_no_share(int count)
    {
        Action<HandlerOptions>[] sizes =
        [
            static options => options.MaxMemoryBytes = 30 << 20,
            static options => options.MaxMemoryBytes = 40 << 20,
        ];
        await using var nodes = await RemoteNodes.StartAsync(sizes[..count]);
        var pool = nodes.AddPool("pool", 10);
        await using var running = await StartEndless(pool);
        var largest = count == 1 ? 30L << 20 : 40 << 20;
        foreach (var wait in new[] { TimeSpan.Zero, TimeSpan.FromDays(30) })
        {
            var reject = Assert.IsType<JobRejected>(
                (await Wait.For(pool.RunAsync(static () => 42, new JobOptions { MaxHeapBytes = 50 << 20, Wait = wait }))).Failure);
            Assert.Equal(
                (null, RejectReason.InsufficientMemory, 50L << 20, largest),
                (reject.Pool, reject.Reason, reject.Requested, reject.Limit));
        }

        Assert.Equal(1, (await pool.GetSnapshotAsync()).Totals.Admitted);
        Assert.Empty(nodes.HandedTo);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task A_job_that_only_a_larger_node_can_take_runs_there(double waitSeconds)
    {
        await using var nodes = await RemoteNodes.StartAsync(
            static options => options.MaxMemoryBytes = 30 << 20,
            static options => options.MaxMemoryBytes = 60 << 20);
        var pool = nodes.AddPool("pool", 10);
        Assert.Equal(
            42,
            (
                await Wait.For(
                    pool.RunAsync(static () => 42, new JobOptions { MaxHeapBytes = 50 << 20, Wait = TimeSpan.FromSeconds(waitSeconds) }))
            ).GetValueOrThrow());
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
    }

    [Fact]
    public async Task A_job_that_waits_for_room_on_its_node_does_not_keep_taking_shares()
    {
        var time = new FakeTimeProvider();
        await using var nodes = await RemoteNodes.StartAsync(time, static options => options.MaxMemoryBytes = 30 << 20);
        var big = new JobOptions { MaxHeapBytes = 18 << 20 };
        var pool = nodes.AddPool("pool", 10);
        await using var first = await Wait.For(pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite), big), "a job to be admitted");
        var rejected = await time.For(pool.RunAsync(static () => 42, big with { Wait = TimeSpan.FromSeconds(1) }));
        var reject = Assert.IsType<JobRejected>(rejected.Failure);
        Assert.Equal(
            (null, RejectReason.InsufficientMemory, 18L << 20, 18L << 20, 30L << 20),
            (reject.Pool, reject.Reason, reject.Requested, reject.Used, reject.Limit));
        var totals = (await pool.GetSnapshotAsync()).Totals;
        Assert.True(totals.Admitted <= 3, $"The pool has admitted {totals.Admitted} jobs.");
    }

    [Fact]
    public async Task Admitted_jobs_that_wait_for_a_worker_of_a_node_run_by_priority()
    {
        await using var nodes = await RemoteNodes.StartAsync(static options => options.MaxWorkers = 1);
        var pool = nodes.AddPool("pool", 100);
        var first = await StartEndless(pool);
        using var folder = new TemporaryFolder();
        var file = folder.File("order");
        var waiting = new List<Task<JobOutcome>>();
        foreach (var (name, priority) in new[] { ("low", -1), ("one", 0), ("high", 5), ("two", 0), ("highest", 6) })
        {
            waiting.Add(pool.RunAsync(() => File.AppendAllText(file, name + " "), new JobOptions { Priority = priority }));
            await Wait.Until(() => nodes.Entry.Records().Jobs == waiting.Count + 1, () => "the job to wait");
        }

        await Wait.For(first.DisposeAsync().AsTask(), "the first job to end");
        foreach (var job in waiting)
            (await Wait.For(job)).ThrowIfFailed();
        Assert.Equal("highest high one two low ", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task A_request_larger_than_the_node_allows_is_rejected_on_arrival()
    {
        await using var nodes = await RemoteNodes.StartAsync(static options => options.MaxPayloadBytes = 64 << 10);
        var payload = Large(1 << 20);
        var reject = Assert.IsType<JobRejected>((await Wait.For(nodes.Handler.RunAsync(() => payload.Length))).Failure);
        Assert.Equal((null, RejectReason.PayloadTooLarge, 0L, 64L << 10), (reject.Pool, reject.Reason, reject.Used, reject.Limit));
        Assert.InRange(reject.Requested, 1 << 20, 3 << 20);
        Assert.Contains("MaxPayloadBytes", reject.Message);
        var name = new string('n', 64 << 10);
        Assert.Equal(
            RejectReason.PayloadTooLarge,
            Assert
                .IsType<JobRejected>(
                    (await Wait.For(nodes.Handler.GetPool("pool").RunAsync(static () => 42, new JobOptions { Name = name }))).Failure)
                .Reason);
        Assert.Equal(0, nodes.Entry.Records().HeldPayloads);
        AssertIsIdle(nodes.Entry);
    }

    [Fact]
    public async Task Requests_that_exceed_the_byte_limit_for_waiting_on_a_node_are_rejected()
    {
        await using var nodes = await RemoteNodes.StartAsync(static options =>
            (options.MaxPayloadBytes, options.MaxHeldPayloadBytes) = (1 << 20, 4 << 20));
        var pool = nodes.AddPool("pool", 1);
        var running = await StartEndless(pool);
        var payload = Large(1_000_000);
        var waiting = new List<Task<JobOutcome<int>>>();
        JobOutcome<int> last;
        do
        {
            waiting.Add(pool.RunAsync(() => payload.Length, Patient));
            await Wait.Until(
                async () => waiting[^1].IsCompleted || (await pool.GetSnapshotAsync()).Waiting == waiting.Count,
                () => "the job to wait or be rejected");
        } while (!waiting[^1].IsCompleted && waiting.Count < 10);
        last = await waiting[^1];
        var reject = Assert.IsType<JobRejected>(last.Failure);
        Assert.Equal((null, RejectReason.InsufficientMemory, 4L << 20), (reject.Pool, reject.Reason, reject.Limit));
        Assert.True(reject.Used + reject.Requested > reject.Limit && reject.Used > 2_000_000, reject.Message);
        await Wait.For(running.DisposeAsync().AsTask(), "the running job to end");
        foreach (var each in waiting.SkipLast(1))
            Assert.Equal(payload.Length, (await Wait.For(each)).GetValueOrThrow());
        await Wait.Until(
            () => nodes.Entry.Records().HeldPayloads == 0,
            () => $"what is held to be let go, {nodes.Entry.Records().HeldPayloads} bytes");
    }

    [Fact]
    public async Task Unfetched_outcomes_are_kept_up_to_a_byte_limit_and_callers_beyond_it_receive_a_failure()
    {
        await using var nodes = await RemoteNodes.StartAsync(static options =>
            (options.MaxPayloadBytes, options.MaxHeldPayloadBytes) = (1 << 20, 4 << 20));
        var function = new FunctionEncoder(new HandlerOptions())
            .Encode(new JobFunction<byte[]>((Func<byte[]>)(static () => new byte[900_000])), 1 << 20)
            .Call;
        var outcomes = new List<EncodedOutcome>();
        for (var i = 0ul; i < 8; i++)
            outcomes.Add(
                (
                    await EndedAsync(
                        nodes.Entry,
                        new JobRequest
                        {
                            Call = new CallId(7, i),
                            Options = JobOptions.Default,
                            Function = function,
                        })
                ).Outcome!);
        Assert.InRange(nodes.Entry.Records().HeldPayloads, 3_000_000, 4 << 20);
        Assert.All(outcomes.Take(3), outcome => Assert.Null(outcome.Failure));
        Assert.Contains("MaxHeldPayloadBytes", Assert.IsType<JobFailed>(outcomes[^1].Failure).ExceptionMessage);

        // The value of a caller that no longer asks is dropped to make room for the values of other callers.
        await Wait.Until(
            async () => (await Wait.For(nodes.Handler.RunAsync(static () => new byte[900_000]))).IsSuccess,
            () => "room for another value");
        Assert.IsType<JobFailed>((await EndedAsync(nodes.Entry, new CallId(7, 0))).Outcome!.Failure);
    }

    [Fact]
    public async Task A_value_larger_than_the_client_allows_fails_the_job_and_its_node_drops_it()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { });
        nodes.MaxPayloadBytesOfClient = 1 << 20;
        var failed = Assert.IsType<JobFailed>((await Wait.For(nodes.Handler.RunAsync(static () => Large(3 << 20)))).Failure);
        Assert.Contains("MaxPayloadBytes", failed.Message);
        await Wait.Until(() => nodes.Entry.Records().HeldPayloads == 0, () => "the value to be let go");
    }

    [Fact]
    public void A_call_that_has_ended_keeps_no_function()
    {
        var request = new JobRequest { Call = new CallId(1, 1), Options = JobOptions.Default, Function = new byte[1_000] };
        var call = new Call(request, new NodeId("node"), TimeProvider.System);
        call.End(EncodedOutcome.Of(JobKilled.ShuttingDown()));
        Assert.Equal(0, call.Request.Function.Length);
    }

    [Fact]
    public async Task A_node_kills_running_and_waiting_jobs_when_its_drain_grace_is_over()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { });
        var pool = nodes.AddPool("pool", 1);
        var (running, waiting) = await OneRunsAndOneWaits(pool);
        await Wait.For(nodes.Entry.DrainAsync(TimeSpan.Zero, default), "the node to drain");
        var now = await pool.GetSnapshotAsync();
        Assert.Equal((0, 0), (now.UsedWorkers, now.Waiting));
        AssertIsIdle(nodes.Entry);
        Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>((await Wait.For(running.Outcome)).Failure).Cause);
        Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>((await Wait.For(waiting)).Failure).Cause);
    }

    [Fact]
    public async Task A_call_that_is_handed_over_is_known_until_the_other_node_knows_it()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { }, static _ => { });
        var slow = new TaskCompletionSource();
        nodes.SlowHandOver = slow.Task;
        nodes.Entry.Close();
        var call = new CallId(7, 7);
        var function = new FunctionEncoder(new HandlerOptions()).Encode(new JobFunction<int>((Func<int>)(static () => 42)), 1 << 20).Call;
        var submitted = nodes.Entry.SubmitAsync(new JobRequest { Call = call, Options = JobOptions.Default, Function = function });
        Assert.Equal(CallState.Asking, nodes.Entry.Find(call, refuse: true).State);
        var watched = nodes.Entry.WatchAsync(call);
        Assert.False(watched.IsCompleted);
        slow.SetResult();
        Assert.Equal((CallState.Ended, nodes[1].Id), ((await Wait.For(submitted)).State, (await Wait.For(submitted)).Node));
        Assert.Equal(CallState.Unknown, (await Wait.For(watched)).State);
        Assert.Equal(CallState.Ended, nodes[1].Find(call, refuse: true).State);
    }

    [Fact]
    public async Task A_quick_job_does_not_wait_behind_slow_ones_if_another_node_has_room()
    {
        var time = new FakeTimeProvider();
        static void OneWorker(HandlerOptions options) => options.MaxWorkers = 1;
        await using var nodes = await RemoteNodes.StartAsync(time, OneWorker, OneWorker);
        var pool = nodes.AddPool("pool", 10);
        for (var i = 0; i < 100; i++)
            await Wait.For(pool.RunAsync(static () => 1));
        await using var slow = await StartEndless(pool);
        nodes.HandedTo.Clear();
        await time.PassAsync(TimeSpan.FromMilliseconds(100)); // that long after any job has ended
        Assert.Equal(1, (await Wait.For(pool.RunAsync(static () => 1))).GetValueOrThrow());
        Assert.Equal([nodes[1].Id], nodes.HandedTo);
    }

    [Fact]
    public async Task A_large_value_is_fetched_in_parts_and_a_lost_part_is_fetched_again()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { });
        var offsets = new List<int>();
        nodes.Fetching = (node, call, offset) =>
        {
            offsets.Add(offset);
            return offsets.Count == 2 ? Task.FromException<ValuePart>(new TimeoutException()) : Task.FromResult(node.Fetch(call, offset));
        };
        var value = (await Wait.For(nodes.Handler.RunAsync(static () => Large(3 << 20)))).GetValueOrThrow();
        Assert.Equal(Large(3 << 20), value);
        Assert.Equal(
            (Tuning.Calls.MaxPartBytes, 2 * Tuning.Calls.MaxPartBytes, 2 * Tuning.Calls.MaxPartBytes, 3 * Tuning.Calls.MaxPartBytes),
            (offsets[0], offsets[1], offsets[2], offsets[3]));
        Assert.Equal(offsets.Order(), offsets);
        await Wait.Until(() => offsets[^1] > 3 << 20, "the node to be told that the value has come");
    }

    [Fact]
    public async Task A_job_is_lost_if_its_node_no_longer_has_its_large_value_and_the_message_says_how_much_arrived()
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { });
        nodes.Fetching = static (node, call, offset)
            => Task.FromResult(offset == 2 << 20 ? new ValuePart(default) : node.Fetch(call, offset));
        var lost = Assert.IsType<JobLost>((await Wait.For(nodes.Handler.RunAsync(static () => Large(3 << 20)))).Failure);
        Assert.Contains($"{2 << 20} arrived", lost.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_draining_node_stays_until_its_large_values_are_fetched(bool detach)
    {
        await using var nodes = await RemoteNodes.StartAsync(static _ => { }, static _ => { });
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        nodes.Fetching = async (node, call, offset) =>
        {
            begun.TrySetResult();
            await goOn.Task;
            return node.Fetch(call, offset);
        };
        await using var job = await Wait.For(nodes.AddPool("pool", 1).StartAsync(static () => Large(3 << 20)), "a job to be admitted");
        if (detach)
            job.Detach();
        var outcome = job.Outcome;
        await Wait.For(begun.Task, "the value to be fetched");
        var drained = nodes.Entry.DrainAsync(TimeSpan.FromMinutes(1), default);
        await Task.Yield();
        Assert.False(drained.IsCompleted);
        goOn.SetResult();
        Assert.Equal(3 << 20, (await Wait.For(outcome)).GetValueOrThrow().Length);
        await Wait.For(drained, "the node to drain");
    }

    [Fact]
    public async Task A_call_whose_completion_fails_is_lost_and_its_caller_gets_that_outcome()
    {
        var time = new FailingTime();
        await using var nodes = await RemoteNodes.StartAsync(time, static _ => { });
        using var folder = new TemporaryFolder();
        var go = folder.File("go");
        var outcome = nodes.Handler.RunAsync(() => Signs.Await(go));
        await Wait.Until(() => nodes.Entry.Records().Jobs == 1, "the job to be accepted");
        time.FailNext();
        await File.WriteAllTextAsync(go, "");
        Assert.Contains(FailingTime.Message, Assert.IsType<JobLost>((await Wait.For(outcome)).Failure).Message);
        await Wait.Until(() => nodes.Log.Lines.Any(static line => line.Id == 1207), "the failure to be logged");
        Assert.Contains(nodes.Log.Lines, static line => line.Id == 1201 && line.Exception!.Message == FailingTime.Message);
        AssertIsIdle(nodes.Entry);
    }

    [Fact]
    public async Task A_waiting_call_that_is_stopped_is_lost_if_its_completion_fails()
    {
        var time = new FailingTime();
        await using var nodes = await RemoteNodes.StartAsync(time, static _ => { });
        var pool = nodes.AddPool("pool", 1);
        await using var running = await StartEndless(pool);
        using var source = new CancellationTokenSource();
        var waiting = pool.RunAsync(static () => 42, Patient, source.Token);
        await Wait.Until(async () => (await pool.GetSnapshotAsync()).Waiting == 1, () => "the job to wait");
        time.FailWhere(static stack => stack.Contains(nameof(Call) + ".End", StringComparison.Ordinal));
        await source.CancelAsync();
        Assert.Contains(FailingTime.Message, Assert.IsType<JobLost>((await Wait.For(waiting)).Failure).Message);
        Assert.Equal(0, (await pool.GetSnapshotAsync()).Waiting);
    }

    [Fact]
    public async Task A_sweep_that_fails_is_reported_and_the_next_one_ends_long_polls()
    {
        var time = new FailingTime();
        await using var nodes = await RemoteNodes.StartAsync(time, static _ => { });
        var pool = nodes.AddPool("pool", 1);
        await using var running = await StartEndless(pool);
        var request = new JobRequest { Call = new CallId(7, 7), Pool = "pool", Options = Patient, Function = new byte[1] };
        var poll = nodes.Entry.SubmitAsync(request);
        time.FailNext();
        await time.PassAsync(NodeTimings.Sweep);
        await Wait.Until(() => nodes.Log.Lines.Any(static line => line.Id == 1207), "the failure to be logged");
        Assert.False(poll.IsCompleted);
        Assert.Equal(CallState.Asking, (await time.For(poll)).State);
        nodes.Entry.Stop(request.Call, new StopRequest(JobKilled.ShuttingDown(), Immediately: true));
    }

    private static async Task<CallReply> EndedAsync(ClusterNode node, JobRequest request)
    {
        var reply = await Wait.For(node.SubmitAsync(request));
        return reply.State == CallState.Ended ? reply : await EndedAsync(node, request.Call);
    }

    private static async Task<CallReply> EndedAsync(ClusterNode node, CallId call)
    {
        while (true)
        {
            if (await Wait.For(node.WatchAsync(call)) is { State: CallState.Ended } reply)
                return reply;
        }
    }

    private static byte[] Large(int length)
    {
        var value = new byte[length];
        new Random(1).NextBytes(value);
        return value;
    }

    private static async Task<(JobHandle Running, Task<JobOutcome<int>> Waiting)> OneRunsAndOneWaits(IPool pool)
    {
        var running = await StartEndless(pool);
        var waiting = pool.RunAsync(static () => 42, Patient);
        await Wait.Until(async () => (await pool.GetSnapshotAsync()).Waiting == 1, () => "the job to wait");
        return (running, waiting);
    }

    private static Task<JobHandle> StartEndless(IPool pool)
        => Wait.For(pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite)), "a job to be admitted");

    private static void AssertIsIdle(ClusterNode node)
    {
        var records = node.Records();
        Assert.Equal((0, 0, 0), (records.Jobs, records.Unacknowledged, records.Leases.Count));
    }
}
