using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>Inline continuations: a caller's code that continues on the thread of the worker that had its job.</summary>
public sealed class InlineContinuationTests
{
    private static readonly Action<HandlerOptions> OneWorker = static options => (options.MaxWorkers, options.SpareWorkers) = (1, 0);

    [Fact]
    public async Task An_inline_continuation_may_wait_for_its_next_job()
    {
        await using var node = await TestNode.StartAsync(OneWorker);
        await Wait.For(OnItsThread(node, () => Assert.Equal(2, WaitFor(node.Run(static () => 2)).GetValueOrThrow())));
    }

    [Fact]
    public async Task An_inline_continuation_that_keeps_the_thread_delays_no_other_job()
    {
        await using var node = await TestNode.StartAsync(OneWorker);
        using var enough = new ManualResetEventSlim();
        using var kept = new ManualResetEventSlim();
        var keeper = OnItsThread(node, () =>
        {
            kept.Set();
            enough.Wait();
        });
        kept.Wait();
        for (var i = 0; i < 100; i++)
            Assert.Equal(i, (await Wait.For(node.Run(() => i))).GetValueOrThrow());
        enough.Set();
        await Wait.For(keeper);
        Assert.Equal(3, (await Wait.For(node.Run(static () => 3))).GetValueOrThrow());
    }

    [Fact]
    public async Task An_inline_continuation_may_dispose_the_handler_and_wait_for_it()
    {
        await using var node = await TestNode.StartAsync(OneWorker);
        await Wait.For(
            OnItsThread(node, () => WaitFor(node.Handler.DisposeAsync().AsTask().ContinueWith(static done => done.IsCompletedSuccessfully)))
        );
        Assert.Empty(node.Processes());
    }

    [Fact]
    public async Task Changes_of_an_inline_continuation_to_its_thread_are_reset_for_the_next_one()
    {
        await using var node = await TestNode.StartAsync(OneWorker);
        for (var i = 0; i < 50; i++)
        {
            var left = new TaskCompletionSource();
            node.Run(static () => 1).ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() =>
            {
                if (Thread.CurrentThread.Name == IWorkerThread.Name)
                {
                    SynchronizationContext.SetSynchronizationContext(new Forgetful());
                    (Thread.CurrentThread.Priority, Thread.CurrentThread.IsBackground) = (ThreadPriority.BelowNormal, false);
                }

                left.SetResult();
            });
            await left.Task.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var found = await node.Run(static () => 1)
                .ContinueWith(
                    _ => (SynchronizationContext.Current, Thread.CurrentThread.Priority, Thread.CurrentThread.IsBackground),
                    CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously,
                    TaskScheduler.Default)
                .ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            Assert.Equal((null, ThreadPriority.Normal, true), found);
        }
    }

    [Fact]
    public async Task A_job_completes_even_if_the_worker_of_a_kept_thread_was_killed()
    {
        await using var node = await TestNode.StartAsync(OneWorker);
        await Wait.For(OnItsThread(node, () =>
        {
            TestNode.KillIdle(Assert.Single(node.Workers())).Wait();
            Assert.Equal(4, WaitFor(node.Run(static () => 4)).GetValueOrThrow());
        }));
    }

    [Fact]
    public async Task Cancelling_a_job_does_not_run_its_callers_continuation_synchronously()
    {
        await using var node = await TestNode.StartAsync(OneWorker);
        _ = node.Run(static () => Thread.Sleep(Timeout.Infinite), new JobLimits { Timeout = TimeSpan.FromMinutes(1) });
        using var source = new CancellationTokenSource();
        var gate = new object();
        var waiting = Task.Run(async () =>
        {
            _ = await node.Run(static () => 1, null, source.Token).ConfigureAwait(false);
            return Monitor.IsEntered(gate);
        });
        await Wait.Until(() => waiting.Status == TaskStatus.WaitingForActivation, () => "the job to be waited for");
        lock (gate)
            source.Cancel();
        Assert.False(await Wait.For(waiting));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_callers_code_runs_on_the_thread_pool_if_inline_continuations_are_disabled(bool inPool)
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            OneWorker(options);
            options.InlineContinuations = false;
            options.AddPool("pool");
        });
        IJobRunner runner = inPool ? node.Handler.GetPool("pool") : node.Handler;
        await Wait.For(Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                _ = await runner.RunAsync(static () => 1, null).ConfigureAwait(false);
                Assert.True(Thread.CurrentThread.IsThreadPoolThread, $"The code runs on the thread {Thread.CurrentThread.Name}.");
            }

            return true;
        }));
    }

    [Fact]
    public void Inline_continuations_are_allowed_until_one_takes_too_long()
    {
        var all = new InlineContinuations(enabled: true, static _ => { });
        Assert.True(all.AreAllowed);
        var inline = new InlineContinuation(all);
        var begun = Stopwatch.GetTimestamp() - Tuning.Inline.Brief - 1;
        Assert.True(inline.TryEnd(inline.Begin(begun)));
        Assert.False(all.AreAllowedAt(begun + Tuning.Inline.ShortPause - 1));
        Assert.True(all.AreAllowedAt(begun + Tuning.Inline.ShortPause));
        Assert.False(new InlineContinuations(enabled: false, static _ => { }).AreAllowed);
    }

    [Fact]
    public void A_thread_that_is_taken_over_pauses_inline_continuations()
    {
        var all = new InlineContinuations(enabled: true, static _ => { });
        var inline = new InlineContinuation(all);
        const long Now = 10 * Tuning.Inline.Pause;
        inline.Begin(Now - Tuning.Inline.Limit);
        Assert.True(inline.TryTakeOver(Now, out _));
        Assert.False(all.AreAllowedAt(Now + Tuning.Inline.Pause - 1));
        Assert.True(all.AreAllowedAt(Now + Tuning.Inline.Pause));
    }

    [Fact]
    public void The_watchdog_checks_a_continuation_when_its_limit_is_over()
    {
        var checks = new List<long>();
        new InlineContinuation(new InlineContinuations(enabled: true, checks.Add)).Begin(now: 10);
        Assert.Equal([10 + Tuning.Inline.Limit], checks);
    }

    [Fact]
    public void An_inline_continuation_that_ends_in_time_leaves_the_thread_to_its_worker()
    {
        var inline = New();
        var number = inline.Begin(now: 10);
        Assert.False(inline.IsKept);
        Assert.True(SeenByAnother(() => inline.IsKept));
        Assert.True(inline.TryEnd(number));
        Assert.False(SeenByAnother(() => inline.IsKept));
        Assert.False(inline.TryTakeOver(10 + Tuning.Inline.Limit, out var next));
        Assert.Equal(long.MaxValue, next);
    }

    [Fact]
    public void Another_thread_takes_over_the_worker_only_once_and_only_after_the_limit()
    {
        var inline = New();
        var number = inline.Begin(now: 10);
        Assert.False(inline.TryTakeOver(9 + Tuning.Inline.Limit, out var next));
        Assert.Equal(10 + Tuning.Inline.Limit, next);
        Assert.True(inline.TryTakeOver(10 + Tuning.Inline.Limit, out _));
        Assert.False(inline.TryTakeOver(11 + Tuning.Inline.Limit, out _));
        Assert.False(SeenByAnother(() => inline.IsKept));
        Assert.False(inline.TryEnd(number));
    }

    [Fact]
    public void A_thread_that_lost_its_worker_does_not_end_a_later_continuation()
    {
        var inline = New();
        var lost = inline.Begin(now: 0);
        Assert.True(inline.TryTakeOver(Tuning.Inline.Limit, out _));
        SeenByAnother(() => inline.Begin(Tuning.Inline.Limit) > lost);
        Assert.False(inline.TryEnd(lost));
        Assert.True(inline.IsKept);
    }

    private static InlineContinuation New() => new(new InlineContinuations(enabled: true, static _ => { }));

    private static bool SeenByAnother(Func<bool> look) => WaitFor(Task.Factory.StartNew(look, TaskCreationOptions.LongRunning));

    private static T WaitFor<T>(Task<T> task) => task.Wait(TimeSpan.FromSeconds(30)) ? task.Result : throw new TimeoutException();

    /// <summary>Runs jobs until the continuation of one runs on the worker's thread, then runs the action there.</summary>
    private static Task<bool> OnItsThread(TestNode node, Action action) => Task.Run(async () =>
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30), "No continuation ever runs inline.");
            _ = await node.Run(static () => 1).ConfigureAwait(false);
        }
        while (Thread.CurrentThread.Name != IWorkerThread.Name);
        action();
        return true;
    });

    /// <summary>A context that never runs the code posted to it.</summary>
    private sealed class Forgetful : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
