using System.Diagnostics;
using Handler.Embedded;
using Handler.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Nodes;

/// <summary>A kill and a cancellation of the same job: the first one gives the reason, whatever the threads do afterwards.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private static readonly JobKilled Killed = new(KillCause.UserKilled, "too expensive");
    private static readonly JobLimits Graceful = new() { CancellationGrace = TimeSpan.FromHours(1) };
    private readonly SemaphoreSlim claimed = new(0);
    private EmbeddedNode node = null!;

    /// <summary>Starts a node whose only worker claims each job and never responds.</summary>
    public async Task InitializeAsync()
    {
        var platform = ScriptedPlatform.Claiming((_, _) => claimed.Release());
        node = await Wait.For(
            EmbeddedNode.StartAsync(new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 }, platform, NullLogger.Instance, default),
            "the start of a node");
    }

    public Task DisposeAsync() => Wait.For(node.DisposeAsync().AsTask(), "the node to end");

    [Fact]
    public async Task The_first_stop_counts_before_a_job_is_submitted()
    {
        await EndsFor(KillCause.CallerCancelled, NewJob(), Cancel, Kill, Submit);
        await EndsFor(KillCause.UserKilled, NewJob(), Kill, Cancel, Submit);
        await EndsFor(KillCause.CallerCancelled, NewJob(Graceful), Cancel, Kill, Submit);
        await EndsFor(KillCause.UserKilled, NewJob(Graceful), Kill, Cancel, Submit);
    }

    [Fact]
    public async Task The_first_stop_counts_while_a_job_waits_for_a_worker()
    {
        node.Submit(NewJob(), default);
        await EndsFor(KillCause.CallerCancelled, NewJob(), Submit, Cancel, Kill);
        await EndsFor(KillCause.UserKilled, NewJob(), Submit, Kill, Cancel);
        await EndsFor(KillCause.CallerCancelled, NewJob(Graceful), Submit, Cancel, Kill);
    }

    [Fact]
    public async Task The_first_stop_counts_while_a_job_runs()
    {
        await EndsFor(KillCause.CallerCancelled, NewJob(), SubmitAndAwaitStart, Cancel, Kill);
        await EndsFor(KillCause.UserKilled, NewJob(), SubmitAndAwaitStart, Kill, Cancel);
    }

    [Fact]
    public async Task A_kill_replaces_a_cancellation_only_during_the_grace_and_only_once()
    {
        await EndsFor(KillCause.UserKilled, NewJob(Graceful), SubmitAndAwaitStart, Cancel, Kill, Cancel);
        await EndsFor(KillCause.UserKilled, NewJob(Graceful), SubmitAndAwaitStart, Kill, Cancel);
        var job = NewJob(Graceful);
        await SubmitAndAwaitStart(job);
        await Cancel(job);
        await Kill(job);
        node.Dispatcher.Kill(job, new JobKilled(KillCause.UserKilled, "another"));
        Assert.Equal("too expensive", Assert.IsType<JobKilled>((await Wait.For(job.Task)).Failure).Reason);
        Assert.Equal(Killed, job.Stopped);
    }

    private Job<int> NewJob(JobLimits? limits = null)
    {
        var job = new Job<int>(
            node.NextAttempt(),
            node.Encode<int>(new JobFunction<int>(static () => 42)),
            limits ?? new JobLimits(),
            Stopwatch.GetTimestamp(),
            node.Functions,
            outcomes: null);
        job.OnCancel(node.Dispatcher.Cancel);
        return job;
    }

    private static async Task EndsFor(KillCause cause, Job<int> job, params Func<Job<int>, Task>[] steps)
    {
        foreach (var step in steps)
            await step(job);
        Assert.Equal(cause, Assert.IsType<JobKilled>((await Wait.For(job.Task)).Failure).Cause);
        Assert.Equal(cause, job.Stopped!.Cause);
    }

    private Task Cancel(Job<int> job)
    {
        job.Cancel(default);
        return Task.CompletedTask;
    }

    private Task Kill(Job<int> job)
    {
        node.Dispatcher.Kill(job, Killed);
        return Task.CompletedTask;
    }

    private Task Submit(Job<int> job)
    {
        node.Submit(job, default);
        return Task.CompletedTask;
    }

    private async Task SubmitAndAwaitStart(Job<int> job)
    {
        node.Submit(job, default);
        await Wait.For(claimed.WaitAsync(), "a worker to take up the job");
    }
}
