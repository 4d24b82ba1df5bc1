using System.Buffers;
using Handler.Embedded;
using Handler.Functions;
using Handler.Nodes;
using Handler.Pools;
using Handler.Tests.Functions;

namespace Handler.Tests.Embedded;

/// <summary>A job and its lease, on a dispatcher that has neither threads nor workers.</summary>
public sealed class PooledJobTests
{
    private readonly FunctionEncoder functions = new(new HandlerOptions());
    private readonly InProcessPools pools = new();

    public PooledJobTests()
    {
        pools.Add("parent", new PoolConfiguration { Limits = new PoolLimits(2, 1_000_000) });
        pools.Add("pool", new PoolConfiguration { Limits = new PoolLimits(2, 1_000_000), Parent = "parent" });
    }

    [Fact]
    public void Its_lease_is_released_in_the_whole_chain_before_its_caller_continues()
    {
        var job = New(DispatcherOf(inline: true), Admit());
        Assert.Equal((1, 1), Used());
        (int, int)? then = null;
        _ = job.Task.ContinueWith(
            _ => then = Used(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        job.SetFailure(new JobFailed("a", "b", "c"), null, null);
        Assert.Equal((1, 1), Used());
        job.ReleaseInline();
        Assert.Equal((0, 0), then);
    }

    [Fact]
    public void Its_pools_count_how_it_ended()
    {
        var dispatcher = DispatcherOf(inline: false);
        dispatcher.Refuse(New(dispatcher, Admit()), new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)));
        dispatcher.Refuse(New(dispatcher, Admit()), new JobRejected(null, RejectReason.QueueFull, 1, 0, 0));
        var completed = New(dispatcher, Admit());
        completed.SetValue(ResultOf(static () => 1), new JobUsage(), null);
        completed.Release();
        foreach (var pool in (string[])["pool", "parent"])
        {
            var totals = pools.GetSnapshot(pool)!.Totals;
            Assert.Equal(3, totals.Admitted);
            Assert.Equal(1, totals.Outcomes[JobOutcomeKind.TimedOut]);
            Assert.Equal(1, totals.Outcomes[JobOutcomeKind.Completed]);
            Assert.Equal(1, totals.Rejected[RejectReason.QueueFull]);
        }
    }

    [Fact]
    public void Its_id_and_pool_are_those_of_its_lease()
    {
        var job = New(DispatcherOf(inline: false), lease: null);
        Assert.Equal((false, (string?)null), (job.IsAdmitted, job.Path?.ToString()));
        var lease = Admit();
        job.Admitted(lease);
        Assert.Equal((true, "parent ← pool", lease.Job), (job.IsAdmitted, job.Path?.ToString(), job.Id));
        job.SetFailure(new JobLost("a"), null, null);
        job.Release();
        Assert.Equal((0, 0), Used());
    }

    [Fact]
    public async Task A_job_that_was_not_admitted_releases_nothing()
    {
        var dispatcher = DispatcherOf(inline: false);
        var admitted = Admit();
        var job = New(dispatcher, lease: null);
        var reject = new JobRejected("pool", RejectReason.NoWorkersAvailable, 1, 2, 2);
        dispatcher.Refuse(job, reject);
        Assert.Same(reject, (await OutcomeOf(job)).Failure);
        Assert.Equal((1, 1), Used());
        pools.End(admitted, LeaseOutcome.Completed);
    }

    [Fact]
    public void The_caller_of_a_job_that_had_to_wait_does_not_continue_inline()
    {
        var dispatcher = DispatcherOf(inline: true);
        Assert.True(New(dispatcher, Admit()).MayContinueInline);
        Assert.False(New(dispatcher, lease: null).MayContinueInline);
    }

    [Fact]
    public async Task A_job_whose_handle_is_disposed_is_killed_and_its_lease_released()
    {
        var dispatcher = DispatcherOf(inline: false);
        var job = New(dispatcher, Admit());
        dispatcher.Submit(job);
        Assert.True(job.Abandon());
        Assert.Equal(
            new JobKilled(KillCause.CallerCancelled, "The handle of the job was disposed"), (await OutcomeOf(job)).Failure);
        Assert.Equal((0, 0), Used());
    }

    [Fact]
    public void A_detached_job_is_stopped_neither_by_its_handle_nor_by_its_callers_token()
    {
        var dispatcher = DispatcherOf(inline: false);
        var job = New(dispatcher, Admit());
        using var source = new CancellationTokenSource();
        var cancelled = 0;
        job.Cancellation = source.Token.Register(() => cancelled++);
        dispatcher.Submit(job);
        job.Detach();
        source.Cancel();
        Assert.False(job.Abandon());
        Assert.Equal((0, false), (cancelled, job.Task.IsCompleted));
        Assert.Equal((1, 1), Used());
    }

    /// <summary>The outcome of a job that has one by now.</summary>
    private static Task<JobOutcome<int>> OutcomeOf(PooledJob<int> job)
    {
        Assert.True(job.Task.IsCompletedSuccessfully);
        return job.Task;
    }

    /// <summary>The value of a function as its worker writes it.</summary>
    private static ReadOnlySpan<byte> ResultOf(Func<int> function)
    {
        var runner = new LoopbackRunner();
        var bound = runner.Bind(runner.Encode(new JobFunction<int>(function)));
        bound.Invoke(default);
        var result = new ArrayBufferWriter<byte>();
        bound.WriteResult(result);
        return result.WrittenSpan;
    }

    private static Dispatcher DispatcherOf(bool inline)
    {
        var options = new HandlerOptions { MaxWorkers = 1, MinWorkers = 0, SpareWorkers = 0, InlineContinuations = inline };
        var platform = new ScriptedPlatform(static (_, _) => { });
        return new Dispatcher(options, platform, TestDispatch.ProfilesOf(options), new RecordingLogger(), static _ => { });
    }

    private PooledJob<int> New(Dispatcher dispatcher, Lease? lease)
        => new(1, new EncodedFunction(new byte[1], new FunctionRunTimes()), new JobLimits(), 0, functions, dispatcher, pools, lease);

    private Lease Admit()
    {
        var admission = pools.AdmitAsync(InProcessPoolsTests.Request("pool"));
        Assert.True(admission.IsCompletedSuccessfully);
        return admission.Result.Lease!;
    }

    /// <summary>How many workers are used in the pool and in its parent.</summary>
    private (int Pool, int Parent) Used() => (pools.GetSnapshot("pool")!.UsedWorkers, pools.GetSnapshot("parent")!.UsedWorkers);
}
