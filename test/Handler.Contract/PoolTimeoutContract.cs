using System.Collections;
using Handler.BadJobs;

namespace Handler.Contract;

/// <summary>
/// A pool that does not reply because its selector does not return. The caller gets its reject in time, and a late
/// acceptance starts nothing.
/// </summary>
public abstract class PoolTimeoutContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private static readonly JobOptions Impatient = new() { PoolTimeout = TimeSpan.FromMilliseconds(100) };
    private readonly ManualResetEventSlim gate = new();

    [Fact]
    public async Task A_pool_rejects_a_job_if_it_does_not_reply_in_time()
    {
        var (child, _) = await StartWithBlockedSelectorAsync();
        var reject = Assert.IsType<JobRejected>((await RunShort(child, Impatient)).Failure);
        Assert.Equal(("child", RejectReason.PoolTimeout, 100L), (reject.Pool, reject.Reason, reject.Limit));
        Assert.StartsWith("Could not reach pool child within 100 ms", reject.Message);
        gate.Set();
    }

    [Fact]
    public async Task A_late_admission_starts_no_job_and_holds_no_share()
    {
        var (child, parent) = await StartWithBlockedSelectorAsync();
        var sign = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        var late = await Soon(child.RunAsync(() => File.WriteAllText(sign, ""), Impatient), "a reject");
        Assert.Equal(RejectReason.PoolTimeout, Assert.IsType<JobRejected>(late.Failure).Reason);
        gate.Set();

        // There is one worker, so this job runs only after anything that the late acceptance might have started.
        Assert.True(
            (await RunShort(child, new JobOptions { Wait = TimeSpan.FromMinutes(1), PoolTimeout = TimeSpan.FromMinutes(1) })).IsSuccess);
        Assert.False(File.Exists(sign));
        await UntilFree(child, parent);
        Assert.Equal(1, (await parent.GetSnapshotAsync()).Totals.Outcomes.Values.Sum());
    }

    [Fact]
    public async Task A_caller_that_cancels_gets_its_outcome_even_if_the_pool_does_not_reply()
    {
        var (child, parent) = await StartWithBlockedSelectorAsync();
        using var source = new CancellationTokenSource();
        var job = child.RunAsync(CpuHogs.Sleep, new JobOptions { PoolTimeout = TimeSpan.FromHours(1) }, source.Token);
        await source.CancelAsync();
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await Soon(job, "the end of a cancelled job")).Failure).Cause);
        gate.Set();
        await UntilFree(child, parent);
    }

    [Fact]
    public async Task Pools_without_that_selector_do_not_wait_for_it()
    {
        var (child, parent) = await StartWithBlockedSelectorAsync();
        var stuck = child.RunAsync(static () => 42, new JobOptions { PoolTimeout = TimeSpan.FromMinutes(1) });
        Assert.True((await RunShort(parent)).IsSuccess);
        Assert.True((await Soon(Handler.RunAsync(static () => 42), "a job without a pool")).IsSuccess);
        Assert.False(stuck.IsCompleted);
        gate.Set();
        Assert.Equal(42, (await Soon(stuck, "the job whose pool replies now")).GetValueOrThrow());
    }

    [Fact]
    public async Task A_function_that_is_not_portable_is_refused_and_holds_no_share_even_if_the_pool_replies_later()
    {
        var (child, parent) = await StartWithBlockedSelectorAsync();
        await Assert.ThrowsAsync<FunctionNotPortableException>(() => child.RunAsync(Results.OpenStream));
        gate.Set();
        await UntilFree(child, parent);
    }

    [Fact]
    public async Task A_selector_that_returns_an_endless_list_rejects_the_job()
    {
        await StartAsync(options => options
            .AddPoolSelector("endless", static (_, _) => new EndlessList(static () => "parent"))
            .AddPool("child", pool => (pool.MaxWorkers, pool.Selector) = (5, "endless"))
            .AddPool("parent", Limits(1)));
        var reject = Assert.IsType<JobRejected>((await RunShort(Handler.GetPool("child"))).Failure);
        Assert.Equal(("child", RejectReason.SelectorFailed), (reject.Pool, reject.Reason));
    }

    [Fact]
    public async Task A_pool_rejects_a_job_if_the_list_of_its_selector_takes_too_long_to_read()
    {
        await StartAsync(options => options
            .AddPoolSelector("slow", (_, _) => new EndlessList(() =>
            {
                gate.Wait();
                return "parent";
            }))
            .AddPool("child", pool => (pool.MaxWorkers, pool.Selector) = (5, "slow"))
            .AddPool("parent", Limits(1)));
        var reject = Assert.IsType<JobRejected>((await RunShort(Handler.GetPool("child"), Impatient)).Failure);
        Assert.Equal(("child", RejectReason.PoolTimeout), (reject.Pool, reject.Reason));
        Assert.True((await RunShort(Handler.GetPool("parent"))).IsSuccess);
    }

    /// <summary>A list that claims to have one item and whose enumerator does not end.</summary>
    private sealed class EndlessList(Func<string> next) : IReadOnlyList<string>
    {
        public int Count => 1;

        public string this[int index] => next();

        public IEnumerator<string> GetEnumerator()
        {
            while (true)
                yield return next();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    protected override void OpenGates() => gate.Set();

    private static async Task UntilFree(params IPool[] pools)
    {
        foreach (var pool in pools)
            await Until(
                async () => (await pool.GetSnapshotAsync()).UsedWorkers == 0,
                $"the share of {pool.Name} that no job uses to be free");
    }

    private async Task<(IPool Child, IPool Parent)> StartWithBlockedSelectorAsync()
    {
        await StartAsync(options => options
            .AddPoolSelector("blocked", (_, _) =>
            {
                gate.Wait();
                return ["parent"];
            })
            .AddPool("child", pool => (pool.MaxWorkers, pool.Selector) = (5, "blocked"))
            .AddPool("parent", Limits(1)));
        return (Handler.GetPool("child"), Handler.GetPool("parent"));
    }
}
