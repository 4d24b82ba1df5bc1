using Handler.Embedded;
using Handler.Pools;

namespace Handler.Tests.Embedded;

/// <summary>The pools' records in one process.</summary>
public sealed class MemoryPoolStoreTests
{
    private static readonly PoolConfiguration One = new() { Limits = new PoolLimits(1, 1) };
    private static readonly PoolConfiguration Two = new() { Limits = new PoolLimits(2, 2) };

    private readonly MemoryPoolStore store = new();

    [Fact]
    public async Task A_pool_is_added_once_and_found_until_it_is_removed()
    {
        Assert.Null(await store.ReadAsync("pool"));
        Assert.True(store.Add("pool", One));
        Assert.False(store.Add("pool", Two));
        Assert.Equal(new PoolRecord(One, 0), (await store.ReadAsync("pool"))!.Value.Record);
        Assert.True(store.Remove("pool"));
        Assert.False(store.Remove("pool"));
        Assert.Null(await store.ReadAsync("pool"));
    }

    [Fact]
    public async Task A_record_is_written_only_with_the_tag_of_the_stored_record()
    {
        Assert.Null(await store.WriteAsync("pool", new PoolRecord(One, 1), "0"));
        store.Add("pool", One);
        var tag = (await store.ReadAsync("pool"))!.Value.Tag;
        var next = await store.WriteAsync("pool", new PoolRecord(Two, 1), tag);
        Assert.NotNull(next);
        Assert.Null(await store.WriteAsync("pool", new PoolRecord(One, 2), tag));
        Assert.Equal((new PoolRecord(Two, 1), next), (await store.ReadAsync("pool"))!.Value);
    }

    [Fact]
    public async Task A_pool_that_is_added_again_continues_with_its_epoch()
    {
        store.Add("pool", One);
        await store.WriteAsync("pool", new PoolRecord(One, 7), (await store.ReadAsync("pool"))!.Value.Tag);
        store.Remove("pool");
        store.Add("pool", Two);
        Assert.Equal(new PoolRecord(Two, 7), (await store.ReadAsync("pool"))!.Value.Record);
    }
}
