namespace Handler.Contract;

/// <summary>A pool can always use what it is guaranteed in its parent, and others never can.</summary>
public abstract class GuaranteeContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private const long JobBytes = 1L << 28;

    private static readonly JobOptions Sized = Unhurried with { MaxHeapBytes = JobBytes };

    private static readonly JobOptions Patient = Unhurried with { Wait = TimeSpan.FromMinutes(5) };

    private IPool All => Handler.GetPool("all");

    private IPool Gold => Handler.GetPool("gold");

    private IPool Silver => Handler.GetPool("silver");

    [Fact]
    public async Task Others_get_the_workers_that_are_not_guaranteed_and_the_pool_gets_its_own()
    {
        await StartAsync(options => options
            .AddPool("all", Limits(3))
            .AddPool("gold", Guaranteed(2))
            .AddPool("silver", Limits(9, parent: "all")));
        var first = await StartEndless(Silver);
        var rejected = await RejectOf(Silver);
        Assert.Equal(
            new JobRejected("all", RejectReason.NoWorkersAvailable, 1, 3, 3) { Kept = 2, KeptFor = "gold" }, rejected);
        Assert.Contains("2 of what is used are kept for guarantees of pools, such as gold", rejected.Message);
        Assert.Equal(rejected, await RejectOf(All));
        var now = await All.GetSnapshotAsync();
        Assert.Equal((1, 2, 0), (now.UsedWorkers, now.KeptWorkers, now.ReservedWorkers));
        Assert.Equal(2, (await Gold.GetSnapshotAsync()).ReservedWorkers);
        await using var one = await StartEndless(Gold);
        await using var two = await StartEndless(Gold);
        Assert.Equal(new JobRejected("all", RejectReason.NoWorkersAvailable, 1, 3, 3), await RejectOf(Gold));
        Assert.Equal(0, (await All.GetSnapshotAsync()).KeptWorkers);
        await first.DisposeAsync();
        await UntilUsed(All, 2);
        await using var third = await StartEndless(Gold);
    }

    [Fact]
    public async Task Others_get_the_memory_that_is_not_guaranteed_and_the_pool_gets_its_own()
    {
        await StartAsync(options => options
            .AddPool("all", Limits(9, 3 * JobBytes))
            .AddPool("gold", Guaranteed(0, 2 * JobBytes))
            .AddPool("silver", Limits(9, parent: "all")));
        await using var first = await StartEndless(Silver, Sized);
        var rejected = await RejectOf(Silver, Sized);
        Assert.Equal(
            new JobRejected("all", RejectReason.InsufficientMemory, JobBytes, 3 * JobBytes, 3 * JobBytes)
            {
                Kept = 2 * JobBytes,
                KeptFor = "gold",
            },
            rejected);
        await using var one = await StartEndless(Gold, Sized);
        await using var two = await StartEndless(Gold, Sized);
    }

    [Fact]
    public async Task A_job_that_others_guarantees_never_leave_room_for_does_not_wait()
    {
        await StartAsync(options => options.AddPool("all", Limits(2)).AddPool("gold", Guaranteed(2)));
        var rejected = await RejectOf(All, Patient);
        Assert.Equal(new JobRejected("all", RejectReason.NoWorkersAvailable, 1, 2, 2) { Kept = 2, KeptFor = "gold" }, rejected);
    }

    [Fact]
    public async Task The_pools_above_the_parent_keep_the_guarantee_too()
    {
        await StartAsync(options => options
            .AddPool("top", Limits(3))
            .AddPool("all", Limits(9, parent: "top"))
            .AddPool("gold", Guaranteed(2))
            .AddPool("silver", Limits(9, parent: "all")));
        await using var first = await StartEndless(Silver);
        Assert.Equal("top", (await RejectOf(Silver)).Pool);
        Assert.Equal("gold", (await RejectOf(Handler.GetPool("top"))).KeptFor);
        await using var one = await StartEndless(Gold);
        await using var two = await StartEndless(Gold);
    }

    [Fact]
    public async Task A_pool_gets_what_it_is_guaranteed_although_others_wait()
    {
        await StartAsync(options => options
            .AddPool("all", Limits(2))
            .AddPool("gold", Guaranteed(1))
            .AddPool("silver", Limits(9, parent: "all")));
        var first = await StartEndless(Silver);
        var waiting = RunShort(Silver, Patient);
        await Until(async () => (await All.GetSnapshotAsync()).Waiting == 1, "the other job to wait");
        var gold = await StartEndless(Gold);
        var next = RunShort(Gold, Patient);
        await Until(async () => (await All.GetSnapshotAsync()).Waiting == 2, "the next job to wait");
        await gold.DisposeAsync();
        Assert.Equal(42, (await next).GetValueOrThrow());
        Assert.False(waiting.IsCompleted);
        await first.DisposeAsync();
        Assert.Equal(42, (await waiting).GetValueOrThrow());
    }

    [Fact]
    public async Task A_new_guarantee_kills_nothing_and_keeps_the_room_that_becomes_free()
    {
        await StartAsync(options => options.AddPool("all", Limits(2)).AddPool("gold", Limits(9, parent: "all")));
        var first = await StartEndless(All);
        await using var second = await StartEndless(All);
        Assert.True(await Handler.TryUpdatePoolAsync("gold", static pool => pool.ReservedWorkers = 1));
        await AssertUsed(All, 2);
        await first.DisposeAsync();
        await UntilUsed(All, 1);
        Assert.Equal("gold", (await RejectOf(All)).KeptFor);
        var gold = await StartEndless(Gold);
        await gold.DisposeAsync();
        await UntilUsed(All, 1);
        Assert.True(await Handler.TryUpdatePoolAsync("gold", static pool => pool.ReservedWorkers = 0));
        await using var third = await StartEndless(All);
    }

    [Fact]
    public async Task The_room_of_a_removed_pool_is_free_for_others()
    {
        await StartAsync(options => options.AddPool("all", Limits(2)).AddPool("gold", Guaranteed(2)));
        Assert.Equal("gold", (await RejectOf(All)).KeptFor);
        Assert.True(await Handler.RemovePoolAsync("gold"));
        await using var job = await StartEndless(All);
    }

    [Fact]
    public async Task Guarantees_that_exceed_the_parent_are_refused_and_all_pools_are_named()
    {
        await StartAsync(options => options
            .AddPool("all", Limits(3))
            .AddPool("gold", Guaranteed(2))
            .AddPool("silver", Limits(9, parent: "all")));
        var tooMuch = await Assert.ThrowsAsync<ArgumentException>(()
            => Handler.TryUpdatePoolAsync("silver", static pool => pool.ReservedWorkers = 2));
        Assert.Contains("Pool all: its MaxWorkers is 3, but its children are guaranteed 4 workers (gold 2, silver 2)", tooMuch.Message);
        var tooLittle = await Assert.ThrowsAsync<ArgumentException>(()
            => Handler.TryUpdatePoolAsync("all", static pool => pool.MaxWorkers = 1));
        Assert.Contains("Pool all: its MaxWorkers is 1, but its children are guaranteed 2 workers (gold 2)", tooLittle.Message);
        var noParent = await Assert.ThrowsAsync<ArgumentException>(()
            => Handler.TryUpdatePoolAsync("gold", static pool => pool.Parent = null));
        Assert.Contains("Pool gold: ReservedWorkers is 2, but Parent is not set", noParent.Message);
    }

    private static Action<PoolOptions> Guaranteed(int workers, long bytes = 0) => pool =>
    {
        Limits(9, parent: "all")(pool);
        pool.ReservedWorkers = workers;
        pool.ReservedMemoryBytes = bytes;
    };

    private static async Task<JobRejected> RejectOf(IPool pool, JobOptions? options = null)
        => Assert.IsType<JobRejected>((await RunShort(pool, options)).Failure);

    private static Task UntilUsed(IPool pool, int workers)
        => Until(async () => (await pool.GetSnapshotAsync()).UsedWorkers == workers, $"{workers} jobs to run in {pool.Name}");
}
