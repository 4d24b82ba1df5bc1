using Handler.Embedded;
using Handler.Nodes;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Nodes;

/// <summary>Workers that fail to start.</summary>
public sealed class StartFailureTests
{
    [Fact]
    public async Task A_failed_start_reports_the_output_of_the_worker()
    {
        var exception = await Assert.ThrowsAsync<WorkerStartException>(()
            => TestNode.StartAsync(options => options.WorkerEnvironment["DOTNET_STARTUP_HOOKS"] = "/no/such/hook.dll"));
        Assert.Contains("did not become ready", exception.Message);
        Assert.Contains("/no/such/hook.dll", exception.Message);
        Assert.Contains("dotnet exec", exception.Message);
    }

    [Fact]
    public async Task A_setting_that_the_runtime_cannot_use_is_a_start_failure()
    {
        var exception = await Assert.ThrowsAsync<WorkerStartException>(()
            => TestNode.StartAsync(options => options.WorkerEnvironment["DOTNET_GCHeapHardLimit"] = "1000"));
        Assert.Contains("did not become ready", exception.Message);
    }

    [UnprivilegedFact]
    public async Task A_start_fails_if_workers_may_not_run_as_the_configured_user()
    {
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => TestNode.StartAsync(options => options.Hardening.UserId = 0));
        Assert.Contains("Hardening.UserId = 0 failed", exception.Message);
    }

    [Fact]
    public async Task A_failed_start_leaves_no_process()
    {
        var marker = Guid.NewGuid().ToString("N");
        await Assert.ThrowsAsync<WorkerStartException>(() => EmbeddedHandler.StartAsync(options =>
        {
            options.WorkerEnvironment[TestNode.Variable] = marker;
            options.WorkerEnvironment["DOTNET_STARTUP_HOOKS"] = "/no/such/hook.dll";
        }));
        Assert.Empty(ProcessTable.WithVariable(TestNode.Variable, marker));
    }

    [Fact]
    public async Task A_worker_that_takes_too_long_to_start_is_a_start_failure()
    {
        var platform = new ScriptedPlatform((_, _) => { }); // no worker ever reports that it is ready
        var options = new HandlerOptions { StartTimeout = TimeSpan.FromMilliseconds(100) };
        var start = EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => Wait.For(start, "the start to fail"));
        Assert.Contains("StartTimeout (100 ms)", exception.Message);
        Assert.All(platform.Workers, worker => Assert.True(worker.ExitWasRead));
    }

    [Fact]
    public async Task A_start_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        var platform = new ScriptedPlatform((_, _) => { });
        var start = EmbeddedNode.StartAsync(new HandlerOptions(), platform, NullLogger.Instance, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(start, "the start to be given up"));
    }

    [Fact]
    public async Task A_start_that_the_operating_system_refuses_fails_with_the_reason()
    {
        var platform = new ScriptedPlatform((_, _) => { }) { StartFailure = "Starting a worker: no descriptors left." };
        var start = EmbeddedNode.StartAsync(new HandlerOptions(), platform, NullLogger.Instance, default);
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => Wait.For(start, "the start to fail"));
        Assert.Equal("Starting a worker: no descriptors left.", exception.Message);
    }

    [Fact]
    public async Task Waiting_jobs_are_rejected_with_the_reason_if_no_worker_starts_within_the_start_timeout()
    {
        var platform = Dying();
        var options = new HandlerOptions
        {
            MaxWorkers = 1,
            MinWorkers = 1,
            SpareWorkers = 0,
            StartTimeout = TimeSpan.FromSeconds(1),
        };
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        platform.StartFailure = "Starting a worker: no descriptors left.";
        var outcome = await Wait.For(node.RunAsync(static () => 1));
        var rejected = Assert.IsType<JobRejected>(outcome.Failure);
        Assert.Equal((RejectReason.WorkersDoNotStart, null), (rejected.Reason, rejected.Pool));
        Assert.Null(outcome.Usage);
        Assert.StartsWith("No worker can be started. Starting a worker: no descriptors left.", rejected.Message);
    }

    [Fact]
    public async Task No_waiting_job_is_lost_if_many_starts_fail_at_the_same_time()
    {
        var platform = ScriptedPlatform.Failing();
        var options = new HandlerOptions { MaxWorkers = 8, MinWorkers = 1, SpareWorkers = 0 };
        options.Recycling.MaxJobs = 1;
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        platform.StartFailure = "Starting a worker: the program is away.";
        var jobs = Enumerable.Range(0, 50).Select(_ => node.RunAsync(static () => 1)).ToList();
        await Wait.Until(() => platform.FailedStarts >= 20, () => $"{platform.FailedStarts} starts have failed, fewer than 20");
        platform.StartFailure = null;
        Assert.All(await Wait.For(Task.WhenAll(jobs)), outcome => Assert.Equal("It: is", outcome.Message));
    }

    [Fact]
    public async Task A_refused_worker_thread_is_a_failed_start_that_is_retried()
    {
        var platform = ScriptedPlatform.Failing();
        var options = new HandlerOptions { MaxWorkers = 2, MinWorkers = 0, SpareWorkers = 0 };
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        var refused = 0;
        platform.RefusesThread = name => name == IWorkerThread.Name && Interlocked.Increment(ref refused) <= 3;
        Assert.Equal("It: is", (await Wait.For(node.RunAsync(static () => 1))).Message);
        Assert.True(refused > 3);
    }

    [Theory]
    [InlineData("Handler watchdog")]
    [InlineData("Handler starter")]
    [InlineData("Handler outcomes")]
    [InlineData("Handler sender")]
    public async Task A_node_does_not_start_if_one_of_its_threads_is_refused(string thread)
    {
        var platform = ScriptedPlatform.Failing();
        platform.RefusesThread = name => name == thread;
        var exception = await Assert.ThrowsAsync<WorkerStartException>(()
            => Wait.For(EmbeddedNode.StartAsync(new HandlerOptions(), platform, NullLogger.Instance, default), "the start to fail"));
        Assert.Contains(thread, exception.Message);
    }

    [Fact]
    public async Task A_worker_whose_thread_runs_a_continuation_is_served_even_if_new_threads_are_refused()
    {
        var first = new TaskCompletionSource<Action>();
        var platform = new ScriptedPlatform(
            (worker, request) =>
            {
                void Respond() => worker.Respond(ResponseKind.Failure, request, new FailureBody("It", "is", "done").Write());
                if (request.Kind == RequestKind.Setup)
                    worker.Respond(ResponseKind.Ready, default, []);
                else if (worker.Claim(request) && !first.TrySetResult(Respond))
                    Respond();
            });
        await using var node = await EmbeddedNode.StartAsync(
            new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 },
            platform,
            NullLogger.Instance,
            default);
        var refused = 0;
        platform.RefusesThread = _ => Interlocked.Increment(ref refused) <= 3;
        var onItsThread = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        node.RunAsync(static () => 1).ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() =>
        {
            var thread = Thread.CurrentThread.Name;
            var ended = Enumerable.Range(0, 3).All(_ => node.RunAsync(static () => 2).Wait(TimeSpan.FromSeconds(30)));
            onItsThread.SetResult(ended ? thread : "a job has no outcome");
        });
        (await Wait.For(first.Task))(); // the continuation is registered by now
        Assert.Equal(IWorkerThread.Name, await Wait.For(onItsThread.Task));
        await Wait.Until(() => refused > 3, "the worker gets no thread of its own again");
        Assert.IsType<JobFailed>((await Wait.For(node.RunAsync(static () => 3))).Failure);
    }

    /// <summary>A platform whose workers become ready and exit at their first job.</summary>
    private static ScriptedPlatform Dying() => new((worker, request) =>
    {
        if (request.Kind == RequestKind.Setup)
            worker.Respond(ResponseKind.Ready, default, []);
        else
            worker.End(1);
    });
}
