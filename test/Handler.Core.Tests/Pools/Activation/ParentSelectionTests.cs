using Handler.Pools;
using static Handler.Tests.Pools.PoolParts;

namespace Handler.Tests.Pools;

/// <summary>What a pool makes of its selector, which is application code.</summary>
public sealed class ParentSelectionTests
{
    private static readonly AcquireRequest Request = Ask(1) with { SelectorArgument = "argument" };

    private readonly PoolParts pool = new();
    private readonly TaskCompletionSource<IReadOnlyList<string>> slow = new();
    private readonly FunctionSelector selector = new(static (_, _) => []);
    private readonly ParentSelection selection;
    private Func<ValueTask<IReadOnlyList<string>>> select = static () => new(["parent", "other"]);
    private (IPoolSelector, string?, string?, TimeSpan) asked;

    public ParentSelectionTests()
    {
        pool.State.Apply(
            new PoolConfiguration { Limits = new PoolLimits(10, 1_000), Selector = "chosen", SelectorConfig = "config" });
        selection = new(pool.State, pool.Background, pool.Ports with
        {
            Selectors = new Dictionary<string, IPoolSelector> { ["chosen"] = selector },
            Select = (selector, config, parameter, patience) =>
            {
                asked = (selector, config, parameter, patience);
                return select();
            },
        });
    }

    [Fact]
    public void The_selector_gets_its_config_the_argument_and_the_time_of_the_job()
    {
        Assert.Equal(["parent", "other"], Select().Now().Parents!);
        Assert.Equal((selector, "config", "argument", TimeSpan.FromSeconds(1)), asked);
    }

    [Fact]
    public void A_selector_that_is_not_registered_fails_and_is_logged_once_a_minute()
    {
        AssertFailed(Select("unknown"));
        AssertFailed(Select("unknown"));
        Assert.Equal("Pool pool: no selector is registered as unknown; the job is rejected", Assert.Single(pool.Log.Lines).Text);
        pool.Advance(60_000);
        AssertFailed(Select("unknown"));
        Assert.Equal(2, pool.Log.Lines.Count);
    }

    [Fact]
    public void It_makes_no_difference_whether_a_selector_throws_synchronously_or_later()
    {
        select = static () => throw new FormatException();
        AssertFailed(Select());
        select = () => new(slow.Task);
        var pending = Select();
        pool.Turn(() => slow.SetException(new InvalidOperationException()));
        AssertFailed(pending);
        Assert.IsType<FormatException>(Assert.Single(pool.Log.Lines).Exception);
    }

    [Fact]
    public void A_selector_that_does_not_return_in_time_times_out()
    {
        select = () => new(slow.Task);
        var pending = Select();
        pool.Advance(999);
        Assert.False(pending.IsCompleted);
        pool.Advance(1);
        Assert.Equal((null, Rejects.Timeout("pool", TimeSpan.FromSeconds(1))), pending.Now());
        Assert.Equal("Pool pool: the selector chosen did not return within 1000 ms; the job is rejected", pool.Log.Lines.Single().Text);
    }

    [Fact]
    public void A_slow_selector_is_logged_although_another_has_failed()
    {
        AssertFailed(Select("unknown"));
        select = () => new(slow.Task);
        Select();
        pool.Advance(1_000);
        Assert.Equal([1603, 1601], pool.Log.Lines.Select(static line => line.Id));
    }

    [Fact]
    public void A_withdrawn_request_does_not_wait_for_the_selector()
    {
        select = () => new(slow.Task);
        var request = new PendingAcquire(Request, 0);
        var pending = Select("chosen", request);
        pool.Turn(() => request.Turn!.TrySetResult(false));
        Assert.Equal((null, Rejects.Timeout("pool", TimeSpan.FromSeconds(1))), pending.Now());
        Assert.Empty(pool.Log.Lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_selector_throws_after_its_job_has_stopped_waiting_is_logged(bool isWithdrawn)
    {
        select = () => new(slow.Task);
        var request = new PendingAcquire(Request, 0);
        var pending = Select("chosen", request);
        if (isWithdrawn)
            pool.Turn(() => request.Turn!.TrySetResult(false));
        else
            pool.Advance(1_000);
        Assert.True(pending.IsCompleted);
        pool.Turn(() => slow.SetException(new FormatException()));
        Assert.IsType<FormatException>(pool.Log.Lines.Last().Exception);
    }

    [Fact]
    public void A_selector_whose_call_is_cancelled_because_it_came_too_late_is_not_logged()
    {
        select = () => new(slow.Task);
        Select();
        pool.Advance(1_000);
        pool.Turn(() => slow.SetCanceled());
        Assert.Equal(1601, Assert.Single(pool.Log.Lines).Id);
        Assert.Empty(pool.Failures);
    }

    [Fact]
    public void A_selector_that_returns_nothing_at_all_fails()
    {
        select = static () => new((IReadOnlyList<string>)null!);
        AssertFailed(Select());
    }

    [Fact]
    public void A_chain_that_is_too_long_is_logged_once_a_minute()
    {
        Assert.Equal(Rejects.SelectorFailed("pool"), selection.GoneTooFar());
        selection.GoneTooFar();
        Assert.Contains("through 64 pools", Assert.Single(pool.Log.Lines).Text);
    }

    private static void AssertFailed(Task<(string[]?, JobRejected?)> selected)
        => Assert.Equal((null, Rejects.SelectorFailed("pool")), selected.Now());

    private Task<(string[]? Parents, JobRejected? Reject)> Select(string name = "chosen", PendingAcquire? request = null)
        => pool.Turn(() => selection.SelectAsync(name, request ?? new PendingAcquire(Request, 0)).AsTask());
}
