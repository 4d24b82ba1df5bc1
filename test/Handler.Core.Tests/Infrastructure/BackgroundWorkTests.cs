using System.Collections.Concurrent;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Infrastructure;

/// <summary>Work that is not awaited where it is started.</summary>
public sealed class BackgroundWorkTests
{
    private static readonly InvalidOperationException Failure = new("broken");

    private readonly ConcurrentQueue<(string Name, Exception Exception)> reports = [];
    private readonly BackgroundWork background;

    public BackgroundWorkTests() => background = new BackgroundWork((name, exception) => reports.Enqueue((name, exception)));

    [Fact]
    public void Work_that_succeeds_is_not_reported()
    {
        var work = new TaskCompletionSource();
        background.Run("work", work.Task, _ => Assert.Fail("It has not failed."));
        work.SetResult();
        background.Run("work", Task.CompletedTask);
        Assert.Empty(reports);
    }

    [Fact]
    public async Task A_failure_is_reported_with_the_name_after_the_owner_has_handled_it()
    {
        var work = new TaskCompletionSource();
        var handled = new List<Exception>();
        background.Run("work", work.Task, exception =>
        {
            Assert.Empty(reports);
            handled.Add(exception);
        });
        work.SetException(Failure);
        await Wait.Until(() => !reports.IsEmpty, "the failure to be reported");
        Assert.Equal([Failure], handled);
        Assert.Equal([("work", Failure)], reports);
    }

    [Fact]
    public void Work_that_fails_before_its_first_await_is_reported_and_does_not_throw()
    {
        Exception? handled = null;
        background.Run("work", () => throw Failure, exception => handled = exception);
        Assert.Same(Failure, handled);
        Assert.Equal([("work", Failure)], reports);
    }

    [Fact]
    public async Task What_work_returns_is_passed_on()
    {
        var to = new TaskCompletionSource<int>();
        var work = new TaskCompletionSource<int>();
        BackgroundWork.PassOn(() => new ValueTask<int>(work.Task), to);
        Assert.False(to.Task.IsCompleted);
        work.SetResult(42);
        Assert.Equal(42, await Wait.For(to.Task, "the result"));
    }

    [Fact]
    public async Task A_failure_or_a_cancellation_is_passed_on_whether_it_comes_synchronously_or_later()
    {
        var cancelled = new CancellationToken(canceled: true);
        Assert.Same(Failure, await Assert.ThrowsAsync<InvalidOperationException>(() => PassedOn(() => throw Failure)));
        Assert.Same(
            Failure, await Assert.ThrowsAsync<InvalidOperationException>(() => PassedOn(() => ValueTask.FromException<int>(Failure))));
        var thrown = await Assert.ThrowsAsync<TaskCanceledException>(() => PassedOn(() => ValueTask.FromCanceled<int>(cancelled)));
        Assert.Equal(cancelled, thrown.CancellationToken);

        static Task<int> PassedOn(Func<ValueTask<int>> work)
        {
            var to = new TaskCompletionSource<int>();
            BackgroundWork.PassOn(work, to);
            return Wait.For(to.Task, "the failure");
        }
    }

    [Fact]
    public async Task Work_on_another_thread_that_fails_is_reported()
    {
        background.RunElsewhere("work", static () => throw Failure);
        await Wait.Until(() => !reports.IsEmpty, "the failure to be reported");
        Assert.Equal([("work", Failure)], reports);
    }

    [Fact]
    public void Work_that_was_cancelled_is_reported_as_a_failure()
    {
        background.Run("work", Task.FromCanceled(new CancellationToken(canceled: true)));
        Assert.IsType<TaskCanceledException>(Assert.Single(reports).Exception);
    }

    [Fact]
    public void A_failure_of_the_owners_handler_is_reported_together_with_the_failure_of_the_work()
    {
        var second = new FormatException();
        background.Run("work", Task.FromException(Failure), _ => throw second);
        Assert.Equal([Failure, second], Assert.IsType<AggregateException>(Assert.Single(reports).Exception).InnerExceptions);
    }

    [Fact]
    public void The_owner_handles_a_failure_even_if_the_report_fails()
    {
        Exception? handled = null;
        var unreported = new BackgroundWork(static (_, _) => throw new FormatException());
        unreported.Run("work", Task.FromException(Failure), exception => handled = exception);
        Assert.Same(Failure, handled);
    }

    [Fact]
    public void A_failure_of_work_in_turns_is_handled_in_a_turn()
    {
        var turns = new TurnContext();
        SynchronizationContext? context = null;
        var inTurns = new BackgroundWork((_, _) => context = SynchronizationContext.Current, inTurns: true);
        var work = new TaskCompletionSource();
        using (turns.Enter())
            inTurns.Run("work", work.Task);
        work.SetException(Failure);
        Assert.Same(turns, context);
    }

    [Fact]
    public async Task Failed_work_is_reported_and_restarted_after_a_delay_until_it_is_cancelled()
    {
        var time = new FakeTimeProvider();
        using var stopping = new CancellationTokenSource();
        var starts = 0;
        Task Work(CancellationToken token) => ++starts == 2 ? Task.Delay(Timeout.InfiniteTimeSpan, token) : throw Failure;
        var kept = background.KeepRunningAsync("work", Work, TimeSpan.FromSeconds(1), time, stopping.Token);
        Assert.Equal([("work", Failure)], reports);
        await time.PassAsync(TimeSpan.FromSeconds(0.9));
        Assert.Equal(1, starts);
        await time.PassAsync(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, starts);
        Assert.False(kept.IsCompleted);
        await stopping.CancelAsync();
        await Wait.For(kept, "the work to end");
        Assert.Single(reports);
    }

    [Fact]
    public async Task Work_that_ends_early_is_reported_and_restarted_after_a_delay()
    {
        var time = new FakeTimeProvider();
        using var stopping = new CancellationTokenSource();
        var starts = 0;
        Task Work(CancellationToken token) => ++starts == 2 ? Task.Delay(Timeout.InfiniteTimeSpan, token) : Task.CompletedTask;
        var kept = background.KeepRunningAsync("work", Work, TimeSpan.FromSeconds(1), time, stopping.Token);
        var (name, exception) = Assert.Single(reports);
        Assert.Equal("work", name);
        Assert.Contains("ended early: work", Assert.IsType<InvalidOperationException>(exception).Message, StringComparison.Ordinal);
        await time.PassAsync(TimeSpan.FromSeconds(0.9));
        Assert.Equal(1, starts);
        await time.PassAsync(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, starts);
        await stopping.CancelAsync();
        await Wait.For(kept, "the work to end");
        Assert.Single(reports);
    }

    [Fact]
    public async Task Work_that_returns_after_cancellation_has_not_ended_early()
    {
        using var stopping = new CancellationTokenSource();
        var work = new TaskCompletionSource();
        var kept = background.KeepRunningAsync("work", _ => work.Task, TimeSpan.FromSeconds(1), new FakeTimeProvider(), stopping.Token);
        await stopping.CancelAsync();
        work.SetResult();
        await Wait.For(kept, "the work to end");
        Assert.Empty(reports);
    }

    [Fact]
    public async Task Failed_work_is_not_restarted_after_cancellation()
    {
        using var stopping = new CancellationTokenSource();
        var time = new FakeTimeProvider();
        var kept = background.KeepRunningAsync("work", static _ => throw Failure, TimeSpan.FromSeconds(1), time, stopping.Token);
        await stopping.CancelAsync();
        await Wait.For(kept, "the work to end");
        Assert.Single(reports);
    }
}
