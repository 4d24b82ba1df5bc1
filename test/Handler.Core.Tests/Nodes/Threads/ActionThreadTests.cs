using System.Collections.Concurrent;
using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests.Nodes;

public sealed class ActionThreadTests
{
    private readonly BlockingCollection<string> done = [];

    [Fact]
    public void Actions_run_in_order_on_the_thread_and_all_posted_actions_run_before_it_ends()
    {
        var thread = New();
        thread.Post(() => done.Add("before the start"));
        thread.Start();
        thread.Post(() => done.Add(Thread.CurrentThread.Name!));
        thread.Post(static () => throw new InvalidOperationException("broken"));
        thread.Post(() => done.Add("last"));
        thread.End();
        Assert.Equal(["before the start", "test", "broken", "last"], Take(4));
    }

    [Fact]
    public void IsStuckFor_reports_how_long_the_current_action_has_run()
    {
        using var enough = new ManualResetEventSlim();
        var thread = New();
        thread.Start();
        Assert.False(thread.IsStuckFor(0));
        thread.Post(enough.Wait);
        SpinWait.SpinUntil(() => thread.IsStuckFor(0));
        Assert.False(thread.IsStuckFor(3_600_000));
        enough.Set();
        thread.Post(() => done.Add("next"));
        Assert.Equal(["next"], Take(1));
        thread.End();
    }

    [Fact]
    public void The_thread_does_due_work_between_actions_and_waits_no_longer_than_that_work_allows()
    {
        var rounds = 0;
        var thread = new ActionThread(new LinuxPlatform(), "test", exception => done.Add(exception.Message), () =>
        {
            done.Add($"round {rounds}");
            return rounds++ == 0 ? 0 : Timeout.Infinite;
        });
        thread.Start();
        Assert.Equal(["round 0", "round 1"], Take(2));
        thread.Post(() => done.Add("action"));
        Assert.Equal(["action", "round 2"], Take(2));
        thread.End();
    }

    private ActionThread New() => new(new LinuxPlatform(), "test", exception => done.Add(exception.Message));

    private List<string> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => TakeOne())];

    private string TakeOne()
        => done.TryTake(out var item, TimeSpan.FromSeconds(60)) ? item : throw new TimeoutException("Nothing was done.");
}
