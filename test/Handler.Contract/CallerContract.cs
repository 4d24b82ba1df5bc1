using Handler.BadJobs;

namespace Handler.Contract;

/// <summary>Job handles, and callers that go away.</summary>
public abstract class CallerContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private static readonly JobOptions Patient = Unhurried with { Wait = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task A_started_job_returns_its_value_in_its_outcome()
    {
        var pool = await StartWithPoolAsync();
        await using var job = await pool.StartAsync(static () => 42, Unhurried);
        Assert.Equal(42, (await Soon(job.Outcome, "a value")).GetValueOrThrow());
        await AssertUsed(pool, 0);
    }

    [Fact]
    public async Task A_start_that_is_not_admitted_throws_or_returns_the_reject()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 0);
        var exception = await Assert.ThrowsAsync<JobRejectedException>(() => pool.StartAsync(static () => 42, Unhurried));
        Assert.Equal(("pool", RejectReason.NoWorkersAvailable), (exception.Failure.Pool, exception.Failure.Reason));
        var start = await pool.TryStartAsync(static () => 42, Unhurried);
        Assert.False(start.IsAdmitted);
        Assert.Equal((1, 0, 0), (start.Reject.Requested, start.Reject.Used, start.Reject.Limit));
    }

    [Fact]
    public async Task A_cancelled_caller_frees_the_share()
    {
        var (child, parent) = await StartWithChildAsync();
        using var source = new CancellationTokenSource();
        var job = child.RunAsync(CpuHogs.Sleep, Unhurried, source.Token);
        await Until(async () => (await parent.GetSnapshotAsync()).Running.Count == 1, "the job to be admitted");
        await source.CancelAsync();
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await Soon(job, "the end of a cancelled job")).Failure).Cause);
        await AssertUsed(child, 0);
        await AssertUsed(parent, 0);
        var late = child.RunAsync(CpuHogs.Sleep, Unhurried, source.Token);
        Assert.IsType<JobKilled>((await Soon(late, "the outcome of a call that was cancelled before")).Failure);
        await AssertUsed(child, 0);
    }

    [Fact]
    public async Task A_job_that_ends_within_the_cancellation_grace_counts_as_killed_by_its_caller()
    {
        var pool = await StartWithPoolAsync();
        using var source = new CancellationTokenSource();
        var started = Path.Combine(Path.GetTempPath(), $"handler-test-{Guid.NewGuid():N}");
        var job = pool.RunAsync(
            async token =>
            {
                await File.WriteAllTextAsync(started, "", CancellationToken.None);
                await Task.Delay(Timeout.Infinite, token);
            },
            Unhurried with { CancellationGrace = TimeSpan.FromSeconds(20) },
            source.Token);
        await Until(() => Task.FromResult(File.Exists(started)), "the job to run");
        File.Delete(started);
        await source.CancelAsync();
        var outcome = await Soon(job, "the end of a cancelled job");
        var killed = Assert.IsType<JobKilled>(outcome.Failure);
        Assert.Equal((KillCause.CallerCancelled, "The caller cancelled the job"), (killed.Cause, killed.Message));
        Assert.Equal(source.Token, Assert.ThrowsAny<OperationCanceledException>(outcome.ThrowIfFailed).CancellationToken);
        await AssertUsed(pool, 0);
    }

    [Fact]
    public async Task A_disposed_handle_kills_its_job_and_frees_its_share()
    {
        var pool = await StartWithPoolAsync();
        var job = await StartEndless(pool);
        await Soon(job.DisposeAsync().AsTask(), "a job to be disposed");
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await job.Outcome).Failure).Cause);
        await AssertUsed(pool, 0);
        await job.DisposeAsync();
    }

    [Fact]
    public async Task The_token_passed_to_StartAsync_also_kills_the_running_job()
    {
        var pool = await StartWithPoolAsync();
        using var source = new CancellationTokenSource();
        var job = await StartEndless(pool, null, source.Token);
        await source.CancelAsync();
        Assert.IsType<JobKilled>((await Soon(job.Outcome, "the end of a cancelled job")).Failure);
        await AssertUsed(pool, 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.StartAsync(static () => 42, null, source.Token));
    }

    [Fact]
    public async Task A_detached_job_outlives_its_handle_and_its_token()
    {
        var pool = await StartWithPoolAsync();
        using var source = new CancellationTokenSource();
        var job = await StartEndless(pool, null, source.Token);
        job.Detach();
        await job.DisposeAsync();
        await source.CancelAsync();
        await AssertUsed(pool, 1);
        Assert.True(await pool.KillAsync(job.Id));
        await AssertUserKilled(job);
    }

    [Fact]
    public async Task Disposing_the_handler_kills_running_and_waiting_jobs()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 1);
        var first = await StartEndless(pool);
        var waiting = pool.RunAsync(CpuHogs.Sleep, Patient);
        await Until(async () => (await pool.GetSnapshotAsync()).Waiting == 1, "the job to wait");
        await Soon(Handler.DisposeAsync().AsTask(), "the handler to be disposed");
        Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>((await Soon(first.Outcome, "the end of the job")).Failure).Cause);
        Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>((await Soon(waiting, "the end of the waiting")).Failure).Cause);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.RunAsync(static () => 1));
    }
}
