using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>The node's starter. How it serves workers that have no thread is tested with a node: <see cref="StartFailureTests"/>.</summary>
public sealed class ThreadStarterTests : IDisposable
{
    private const string Name = "Handler starter";

    private readonly ScriptedPlatform platform = new(static (_, _) => { });
    private readonly ThreadStarter starter;

    public ThreadStarterTests()
    {
        starter = new ThreadStarter(platform, static exception => throw exception);
        starter.Start();
    }

    public void Dispose() => starter.End();

    [Fact]
    public async Task Posted_actions_run_on_the_starters_thread()
    {
        var ran = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        starter.Post(() => ran.SetResult(Thread.CurrentThread.Name));
        Assert.Equal(Name, await Wait.For(ran.Task, "the action"));
    }

    [Fact]
    public async Task Timers_fire_on_the_starters_thread()
    {
        var fired = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        TimerCallback fire = _ => fired.TrySetResult(Thread.CurrentThread.Name);
        await using var timer = starter.Timers.CreateTimer(fire, null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        Assert.Equal(Name, await Wait.For(fired.Task, "the timer"));
    }

    [Fact]
    public async Task The_starter_retries_until_the_system_grants_the_thread_pool_a_thread()
    {
        var refused = 0;
        var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        platform.RefusesThread = _ =>
        {
            if (Interlocked.Increment(ref refused) <= 2)
                return true;
            granted.TrySetResult();
            return false;
        };
        starter.ThreadPoolWasRefused();
        await Wait.For(granted.Task, "a thread to be granted");
    }
}
