using System.Collections.Concurrent;
using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests.Nodes;

/// <summary>The thread that delivers outcomes.</summary>
public sealed class OutcomeThreadTests : IDisposable
{
    private const string Name = "Handler outcomes";

    private readonly ConcurrentQueue<Exception> failures = new();
    private readonly OutcomeThread thread;

    public OutcomeThreadTests()
    {
        thread = new OutcomeThread(new LinuxPlatform(), failures.Enqueue);
        thread.Start();
    }

    public void Dispose() => thread.End();

    [Fact]
    public async Task A_job_that_may_continue_inline_is_completed_on_the_outcome_thread_if_released_elsewhere()
    {
        var job = new TestJob(1, outcomes: thread);
        job.Release();
        await Wait.For(job.Completed, "the job to be completed");
        Assert.Equal(Name, job.CompletedOn);
    }

    [Fact]
    public void A_job_that_is_released_inline_is_completed_on_the_calling_thread()
    {
        var job = new TestJob(1, outcomes: thread);
        job.ReleaseInline();
        Assert.True(job.Completed.IsCompleted);
        Assert.NotEqual(Name, job.CompletedOn);
    }

    [Fact]
    public async Task The_code_after_an_await_continues_on_the_thread_pool()
    {
        var task = new TaskCompletionSource(); // its continuations may run inline
        var continuation = ContinuesOnThreadPool(task.Task);
        thread.Complete(new TestJob(1) { WhenCompleted = task.SetResult });
        Assert.True(await Wait.For(continuation));
    }

    [Fact]
    public async Task A_continuation_that_blocks_the_outcome_thread_does_not_delay_the_others()
    {
        using var enough = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        thread.Complete(new TestJob(1) { WhenCompleted = () => { begun.Set(); enough.Wait(); } });
        begun.Wait();
        var others = 0;
        await Wait.Until(
            () =>
            {
                thread.Post(() => Interlocked.Increment(ref others));
                return Volatile.Read(ref others) > 0;
            },
            "the actions that were posted meanwhile");
        enough.Set();
    }

    [Fact]
    public async Task An_exception_is_reported_and_the_next_action_runs()
    {
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        thread.Post(static () => throw new InvalidOperationException("broken"));
        thread.Post(next.SetResult);
        await Wait.For(next.Task, "the next action");
        Assert.Equal("broken", Assert.Single(failures).Message);
    }

    [Fact]
    public void Outcomes_posted_before_the_start_can_be_completed_on_the_calling_thread()
    {
        var unstarted = new OutcomeThread(new LinuxPlatform(), failures.Enqueue);
        Assert.False(unstarted.IsStarted);
        var job = new TestJob(1, outcomes: unstarted);
        job.Release();
        Assert.False(job.Completed.IsCompleted);
        unstarted.DoWaiting();
        Assert.True(job.Completed.IsCompleted);
    }

    private static async Task<bool> ContinuesOnThreadPool(Task task)
    {
        await task.ConfigureAwait(false);
        return Thread.CurrentThread.IsThreadPoolThread;
    }
}
