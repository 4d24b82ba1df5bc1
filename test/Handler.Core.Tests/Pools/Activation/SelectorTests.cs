using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Selectors that throw, are slow, or return nonsense. Whatever they do, no share may stay held.</summary>
public class SelectorTests
{
    private readonly DirectPools pools = new();
    private readonly TaskCompletionSource<IReadOnlyList<string>> selection = new();

    [Fact]
    public void A_selector_that_returns_no_parent_rejects_the_job()
    {
        Select((_, _) => []);
        Assert.Equal(new JobRejected("child", RejectReason.NoParentSelected, 1, 0, 0), pools.Rejected("child"));
        Select((_, _) => null!);
        Assert.Equal(RejectReason.NoParentSelected, pools.Rejected("child").Reason);
        Assert.Empty(pools.Warnings);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_selector_that_throws_rejects_the_job_and_is_logged_once_a_minute()
    {
        Select((_, _) => throw new InvalidOperationException());
        for (var i = 0; i < 10; i++)
            Assert.Equal(new JobRejected("child", RejectReason.SelectorFailed, 1, 0, 0), pools.Rejected("child"));
        Assert.Equal("Pool child: the selector chosen threw; the job is rejected", Assert.Single(pools.Warnings));
        pools.Advance(60_000);
        Assert.Equal(RejectReason.SelectorFailed, pools.Rejected("child").Reason);
        Assert.Equal(2, pools.Warnings.Count);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_selector_that_returns_a_null_name_fails()
    {
        Select((_, _) => ["parent", null!]);
        Assert.Equal(RejectReason.SelectorFailed, pools.Rejected("child").Reason);
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_selector_that_is_not_registered_fails()
    {
        pools.Add("child", 1, selector: "unknown");
        Assert.Equal(RejectReason.SelectorFailed, pools.Rejected("child").Reason);
        Assert.Contains("no selector is registered as unknown", Assert.Single(pools.Warnings));
        AssertNothingIsHeld();
    }

    [Theory]
    [InlineData(Route.MaxDepth)]
    [InlineData(Route.MaxDepth + 1)]
    public void Selectors_can_send_a_job_through_at_most_64_pools(int length)
    {
        for (var i = 1; i <= length; i++)
        {
            var next = $"p{i + 1}";
            pools.Selectors.Add(next, new FunctionSelector((_, _) => [next]));
            pools.Add($"p{i}", 1, selector: i < length ? next : null);
        }

        if (length <= Route.MaxDepth)
        {
            pools.End(pools.Run("p1"));
            Assert.Empty(pools.Warnings);
        }
        else
        {
            Assert.Equal(new JobRejected("p64", RejectReason.SelectorFailed, 1, 0, 0), pools.Rejected("p1"));
            Assert.Equal(
                "Pool p64: selectors have sent the job through 64 pools, more than a chain may have; it is rejected",
                Assert.Single(pools.Warnings));
        }

        Assert.All(Enumerable.Range(1, length), i => Assert.Equal((0, 0L), pools.Used($"p{i}")));
    }

    [Fact]
    public void The_share_in_the_child_is_held_while_the_selector_runs()
    {
        var admission = AdmitSlowly();
        Assert.Equal(((1, 0L), 1), (pools.Used("child"), pools["child"].GetSnapshot().HeldWorkers));
        Select();
        Assert.Equal("child:1 → parent:1", admission.Now().Lease!.Chain.ToString());
        Assert.Equal((0, 1), (pools["child"].GetSnapshot().HeldWorkers, pools.Used("parent").Workers));
    }

    [Fact]
    public void Nothing_is_admitted_if_a_selector_returns_after_the_pool_timeout()
    {
        var admission = AdmitSlowly();
        pools.Advance(1_001);
        Assert.Equal(new JobRejected("child", RejectReason.PoolTimeout, 0, 0, 1_000), admission.Now().Reject);
        AssertNothingIsHeld();
        Select();
        AssertNothingIsHeld();
        Assert.Equal("Pool child: the selector chosen did not return within 1000 ms; the job is rejected", Assert.Single(pools.Warnings));
    }

    [Fact]
    public void A_request_cancelled_while_the_selector_runs_holds_no_share()
    {
        using var cancel = new CancellationTokenSource();
        var admission = AdmitSlowly(cancel.Token);
        pools.Turn(() =>
        {
            cancel.Cancel();
            return 0;
        });
        Assert.True(admission.IsCanceled);
        AssertNothingIsHeld();
        Select();
        AssertNothingIsHeld();
    }

    [Fact]
    public void A_pool_that_is_removed_while_its_selector_runs_admits_nothing()
    {
        var admission = AdmitSlowly();
        pools.Turn(() =>
        {
            pools["child"].Remove();
            return 0;
        });
        Select();
        Assert.Equal(RejectReason.NoSuchPool, admission.Now().Reject.Reason);
        AssertNothingIsHeld();
    }

    private void Select(Func<string?, string?, IReadOnlyList<string>> select)
    {
        pools.Selectors["chosen"] = new FunctionSelector(select);
        pools.Add("parent", 1);
        pools.Add("child", 1, selector: "chosen");
    }

    private Task<Admission> AdmitSlowly(CancellationToken cancellationToken = default)
    {
        Select((_, _) => []);
        pools.SlowSelector = () => new ValueTask<IReadOnlyList<string>>(selection.Task);
        return pools.Admit("child", cancellationToken: cancellationToken);
    }

    private void Select() => pools.Turn(() => selection.TrySetResult(["parent"]));

    private void AssertNothingIsHeld()
    {
        Assert.Equal((0, 0L), pools.Used("child"));
        if (pools.Find("parent") is not null)
            Assert.Equal((0, 0L), pools.Used("parent"));
    }
}
