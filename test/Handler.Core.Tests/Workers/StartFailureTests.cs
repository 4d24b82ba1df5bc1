using Handler.Hosting;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Workers;

/// <summary>Workers that do not come up.</summary>
public sealed class StartFailureTests
{
    [Fact]
    public async Task A_worker_that_fails_to_start_says_what_it_wrote()
    {
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => TestNode.StartAsync(options => options.WorkerEnvironment["DOTNET_STARTUP_HOOKS"] = "/no/such/hook.dll"));
        Assert.Contains("did not become ready", exception.Message);
        Assert.Contains("/no/such/hook.dll", exception.Message);
        Assert.Contains("dotnet exec", exception.Message);
    }

    [Fact]
    public async Task A_setting_that_the_runtime_cannot_use_is_a_start_failure()
    {
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => TestNode.StartAsync(options => options.WorkerEnvironment["DOTNET_GCHeapHardLimit"] = "1000"));
        Assert.Contains("did not become ready", exception.Message);
    }

    [Fact]
    public async Task A_user_that_workers_may_not_become_is_a_start_failure()
    {
        if (Environment.IsPrivilegedProcess)
            return; // root may become anybody
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => TestNode.StartAsync(options => options.Hardening.UserId = 0));
        Assert.Contains("Hardening.UserId = 0 failed", exception.Message);
    }

    [Fact]
    public async Task A_start_that_failed_leaves_nothing_behind()
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
        var platform = new ScriptedPlatform((_, _) => { }); // none ever says that it is ready
        var options = new HandlerOptions { StartTimeout = TimeSpan.FromMilliseconds(100) };
        var start = EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => Wait.For(start, "the start to fail"));
        Assert.Contains("StartTimeout (100 ms)", exception.Message);
        Assert.All(platform.Workers, worker => Assert.True(worker.Reaped));
    }

    [Fact]
    public async Task Starting_can_be_given_up()
    {
        using var source = new CancellationTokenSource();
        var platform = new ScriptedPlatform((_, _) => { });
        var start = EmbeddedNode.StartAsync(new HandlerOptions(), platform, NullLogger.Instance, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(start, "the start to be given up"));
    }

    [Fact]
    public async Task When_the_operating_system_refuses_the_reason_is_told()
    {
        var platform = new ScriptedPlatform((_, _) => { }) { StartFailure = "Starting a worker: no descriptors left." };
        var start = EmbeddedNode.StartAsync(new HandlerOptions(), platform, NullLogger.Instance, default);
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => Wait.For(start, "the start to fail"));
        Assert.Equal("Starting a worker: no descriptors left.", exception.Message);
    }

    [Fact]
    public async Task Jobs_that_wait_when_no_worker_can_be_started_any_more_are_lost_with_the_reason()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (request.Kind == RequestKind.Setup)
                worker.Answer(AnswerKind.Ready, default, []);
            else
                worker.End(1);
        });
        var options = new HandlerOptions { MaxWorkers = 1, MinWorkers = 1, SpareWorkers = 0 };
        await using var node = await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
        platform.StartFailure = "Starting a worker: no descriptors left.";
        var lost = Assert.IsType<Lost<int>>(await Wait.For(node.RunAsync(static () => 1)));
        Assert.Contains("no descriptors left", lost.What);
    }
}
