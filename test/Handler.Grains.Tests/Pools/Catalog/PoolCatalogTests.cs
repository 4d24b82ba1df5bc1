using Handler.Cluster;
using Handler.Grains.Pools;
using Handler.Pools;
using Handler.Tests;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Handler.Grains.Tests;

/// <summary>How one activation of the catalog changes pools, and what it does when storage fails, changes or loses its data.</summary>
public sealed class PoolCatalogTests
{
    private const int StorageLost = 1403, Restored = 1404;

    private static readonly GrainId Id = GrainId.Create("catalog", "0");

    private readonly TestGrainStorage storage = new();
    private readonly RecordingLogger logger = new();
    private readonly List<(string Pool, long Version, bool Removed)> followed = [];
    private readonly Dictionary<string, GuaranteeList> kept = [];
    private readonly Dictionary<string, long> poolRecords = [];
    private Func<string, Task> beforeFollow = static _ => Task.CompletedTask;
    private int leaves;

    [Fact]
    public async Task An_empty_catalog_has_no_pool_and_writes_nothing()
    {
        var catalog = await Load();
        Assert.Null(catalog.Get("pool"));
        Assert.False(await catalog.RemoveAsync("pool", Guid.NewGuid(), null));
        Assert.Empty(await catalog.ConfigureAsync([], RegisteredNames.None, null));
        Assert.Empty(await catalog.RestoreAsync([], RegisteredNames.None));
        Assert.Equal(0, storage.Writes);
    }

    [Fact]
    public async Task A_pool_is_added_only_if_there_is_none_and_changed_only_at_the_version_that_the_caller_has_seen()
    {
        var catalog = await Load();
        Assert.True((await Set(catalog, workers: 1, version: null)).Done);
        Assert.False((await Set(catalog, workers: 2, version: null)).Done);
        var seen = catalog.Get("pool")!.Version;
        Assert.False((await Set(catalog, workers: 2, seen + 1)).Done);
        Assert.True((await Set(catalog, workers: 2, seen)).Done);
        Assert.False((await Set(catalog, workers: 3, seen)).Done);
        Assert.Equal((2, seen + 1), (catalog.Get("pool")!.Configuration.Limits.MaxWorkers, catalog.Get("pool")!.Version));
        Assert.Equal([("pool", seen, false), ("pool", seen + 1, false)], followed);
    }

    [Fact]
    public async Task A_change_whose_reply_was_lost_is_not_made_twice_even_if_others_were_made_since()
    {
        var catalog = await Load();
        var (added, removed) = (Guid.NewGuid(), Guid.NewGuid());
        await catalog.SetAsync("pool", Configuration(1), null, added, null);
        await Set(catalog, workers: 2, catalog.Get("pool")!.Version);
        Assert.True((await catalog.SetAsync("pool", Configuration(1), null, added, null)).Done);
        Assert.Equal(2, catalog.Get("pool")!.Configuration.Limits.MaxWorkers);
        Assert.True(await catalog.RemoveAsync("pool", removed, null));
        await Set(catalog, workers: 3, version: null);
        Assert.True(await catalog.RemoveAsync("pool", removed, null));
        Assert.Equal(3, catalog.Get("pool")!.Configuration.Limits.MaxWorkers);
    }

    [Fact]
    public async Task The_last_16_changes_of_a_pool_are_remembered()
    {
        var catalog = await Load();
        var first = Guid.NewGuid();
        await catalog.SetAsync("pool", Configuration(1), null, first, null);
        for (var i = 0; i < 15; i++)
            await Set(catalog, workers: 2, catalog.Get("pool")!.Version);
        Assert.True((await catalog.SetAsync("pool", Configuration(1), null, first, null)).Done);
        await Set(catalog, workers: 2, catalog.Get("pool")!.Version);
        Assert.False((await catalog.SetAsync("pool", Configuration(1), null, first, null)).Done);
    }

    [Fact]
    public async Task A_change_with_errors_is_refused_with_its_errors()
    {
        var catalog = await Load();
        var change = await catalog.SetAsync("pool", Configuration(1) with { Parent = "missing" }, null, Guid.NewGuid(), null);
        Assert.False(change.Done);
        Assert.Contains("missing", Assert.Single(change.Errors));
        change = await catalog.SetAsync("pool", Configuration(1) with { Selector = "other" }, null, Guid.NewGuid(), null);
        Assert.Single(change.Errors);
        Assert.True((await catalog.SetAsync("pool", Configuration(1) with { Selector = "known" }, null, Guid.NewGuid(), null)).Done);
    }

    [Fact]
    public async Task A_removed_pool_continues_its_versions_when_it_is_added_again()
    {
        var catalog = await Load();
        await Set(catalog, workers: 1, version: null);
        var version = catalog.Get("pool")!.Version;
        Assert.True(await catalog.RemoveAsync("pool", Guid.NewGuid(), null));
        Assert.Null(catalog.Get("pool"));
        Assert.False(await catalog.RemoveAsync("pool", Guid.NewGuid(), null));
        await Set(catalog, workers: 1, version: null);
        Assert.Equal([("pool", version, false), ("pool", version + 1, true), ("pool", version + 2, false)], followed);
    }

    [Fact]
    public async Task A_pool_that_only_its_own_record_knows_continues_the_version_of_that_record()
    {
        poolRecords["pool"] = 7;
        var catalog = await Load();
        await Set(catalog, workers: 1, version: null);
        Assert.Equal(8, catalog.Get("pool")!.Version);
    }

    [Fact]
    public async Task A_silos_configuration_takes_effect_once_and_does_not_undo_later_changes()
    {
        var catalog = await Load();
        Assert.Empty(await catalog.ConfigureAsync(Pools(("pool", 1)), RegisteredNames.None, "silo"));
        await Set(catalog, workers: 2, catalog.Get("pool")!.Version);
        var writes = storage.Writes;
        Assert.Empty(await catalog.ConfigureAsync(Pools(("pool", 1)), RegisteredNames.None, "silo"));
        Assert.Equal((2, writes), (catalog.Get("pool")!.Configuration.Limits.MaxWorkers, storage.Writes));
        Assert.Empty(await catalog.ConfigureAsync(Pools(("pool", 5)), RegisteredNames.None, "silo"));
        Assert.Equal(5, catalog.Get("pool")!.Configuration.Limits.MaxWorkers);
        await catalog.RemoveAsync("pool", Guid.NewGuid(), null);
        Assert.Empty(await catalog.ConfigureAsync(Pools(("pool", 5)), RegisteredNames.None, "silo"));
        Assert.Null(catalog.Get("pool"));
    }

    [Fact]
    public async Task A_silos_configuration_with_an_error_changes_no_pool()
    {
        var catalog = await Load();
        var pools = Pools(("good", 1), ("bad", 1));
        pools["bad"] = pools["bad"] with { Selector = "missing" };
        Assert.NotEmpty(await catalog.ConfigureAsync(pools, RegisteredNames.None, "silo"));
        Assert.Null(catalog.Get("good"));
        Assert.Equal(0, storage.Writes);
        Assert.Empty(await catalog.ConfigureAsync(pools, new RegisteredNames(["missing"], []), "silo")); // the silo's selectors count
    }

    [Fact]
    public async Task An_activation_that_fails_between_the_two_writes_leaves_and_the_next_one_does_the_rest()
    {
        var catalog = await Load();
        beforeFollow = static _ => Task.FromException(new IOException("no Redis"));
        await Assert.ThrowsAsync<IOException>(() => Set(catalog, workers: 1, version: null));
        Assert.Equal((1, 0), (leaves, followed.Count));
        beforeFollow = static _ => Task.CompletedTask;
        var next = await Load();
        Assert.Equal(("pool", 1), (Assert.Single(followed).Pool, next.Get("pool")!.Configuration.Limits.MaxWorkers));
        await Load();
        Assert.Single(followed); // it is recorded that the pool has followed
    }

    [Fact]
    public async Task An_activation_that_cannot_write_leaves()
    {
        var catalog = await Load();
        storage.BeforeWrite = static () => throw new IOException("no Redis");
        await Assert.ThrowsAsync<IOException>(() => Set(catalog, workers: 1, version: null));
        Assert.Equal((1, 0), (leaves, followed.Count));
    }

    [Fact]
    public async Task An_activation_that_finds_the_record_changed_by_another_leaves_and_writes_nothing()
    {
        var (old, current) = (await Load(), await Load());
        await Set(current, workers: 1, version: null);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Set(old, workers: 2, version: null));
        Assert.Equal(1, leaves);
        Assert.Equal(1, (await Load()).Get("pool")!.Configuration.Limits.MaxWorkers);
        Assert.Empty(await current.RestoreAsync([], RegisteredNames.None));
        Assert.Equal(1, leaves);
        Assert.Empty(await old.RestoreAsync(Pools(("other", 1)), RegisteredNames.None));
        Assert.Equal(2, leaves);
    }

    [Fact]
    public async Task Storage_that_was_emptied_gets_all_known_pools_again()
    {
        var catalog = await Load();
        await Set(catalog, workers: 1, version: null);
        followed.Clear();
        storage.Clear();
        Assert.Empty(await catalog.RestoreAsync([], RegisteredNames.None));
        Assert.Equal(1, (await Load()).Get("pool")!.Configuration.Limits.MaxWorkers);
        Assert.Single(followed); // the pool's own record may be lost too
        Assert.Single(logger.Lines, static line => line.Id == StorageLost);
        Assert.Equal(0, leaves);
    }

    [Fact]
    public async Task A_change_after_a_loss_is_made_on_what_the_catalog_knows()
    {
        var catalog = await Load();
        await Set(catalog, workers: 1, version: null);
        storage.Put(CatalogState.RecordName, Id, new CatalogState()); // an older copy
        Assert.True((await catalog.SetAsync("other", Configuration(2), null, Guid.NewGuid(), null)).Done);
        var next = await Load();
        Assert.Equal((1, 2), (next.Get("pool")!.Configuration.Limits.MaxWorkers, next.Get("other")!.Configuration.Limits.MaxWorkers));
        Assert.Equal(0, leaves);
    }

    [Fact]
    public async Task A_catalog_that_has_lost_everything_gets_the_pools_of_a_silos_configuration_again()
    {
        var catalog = await Load();
        Assert.Empty(await catalog.RestoreAsync(Pools(("pool", 1)), RegisteredNames.None));
        Assert.Equal(1, catalog.Get("pool")!.Configuration.Limits.MaxWorkers);
        Assert.Single(logger.Lines, static line => line.Id == Restored);
        await catalog.RemoveAsync("pool", Guid.NewGuid(), null);
        Assert.Empty(await catalog.RestoreAsync(Pools(("pool", 1)), RegisteredNames.None)); // it is known as removed
        Assert.Null(catalog.Get("pool"));
    }

    [Fact]
    public async Task The_pools_above_learn_a_guarantee_before_the_pool_has_it_and_that_it_is_gone_after_the_pool_is()
    {
        var catalog = await Load();
        Assert.Empty(await catalog.ConfigureAsync(Family(gold: 0), RegisteredNames.None, "silo"));
        followed.Clear();
        await SetGold(catalog, 2);
        Assert.Equal([("all", 2, false), ("top", 2, false), ("gold", 2, false)], followed.OrderBy(static each => each.Pool == "gold"));
        Assert.Equal("gold", followed[^1].Pool);
        Assert.Equal(new([new("gold", null, 2, 0)]), kept["all"]);
        Assert.Equal(new([new("all", null, 0, 0), new("gold", "all", 2, 0)]), kept["top"]);
        followed.Clear();
        await catalog.RemoveAsync("gold", Guid.NewGuid(), null);
        Assert.Equal((3, "gold"), (followed.Count, followed[0].Pool));
        Assert.All(["all", "top"], pool => Assert.True(kept[pool].IsEmpty));
    }

    [Fact]
    public async Task A_change_that_no_guarantee_depends_on_concerns_one_pool()
    {
        var catalog = await Load();
        await catalog.ConfigureAsync(Family(gold: 2), RegisteredNames.None, "silo");
        followed.Clear();
        await Set(catalog, workers: 1, version: null);
        Assert.Equal(["pool"], followed.Select(static each => each.Pool));
        Assert.Empty(await catalog.ConfigureAsync(Family(gold: 2), RegisteredNames.None, "silo"));
        Assert.Single(followed);
    }

    [Fact]
    public async Task If_the_catalog_fails_before_all_have_learned_a_guarantee_the_next_activation_tells_them()
    {
        var catalog = await Load();
        await catalog.ConfigureAsync(Family(gold: 0), RegisteredNames.None, "silo");
        followed.Clear();
        beforeFollow = static pool => pool == "gold" ? throw new IOException("The silo is gone.") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => SetGold(catalog, 2));
        kept.Clear();
        beforeFollow = static _ => Task.CompletedTask;
        await Load();
        Assert.Equal(["all", "gold", "top"], kept.Keys.Order());
        Assert.Equal(new([new("gold", null, 2, 0)]), kept["all"]);
    }

    [Fact]
    public async Task Guarantees_that_exceed_the_parent_are_refused()
    {
        var catalog = await Load();
        await catalog.ConfigureAsync(Family(gold: 2), RegisteredNames.None, "silo");
        var errors = (await SetGold(catalog, 6)).Errors;
        Assert.Contains("Pool all: its MaxWorkers is 5, but its children are guaranteed 6 workers (gold 6)", errors[0]);
        Assert.NotEmpty(await catalog.ConfigureAsync(Family(gold: 6), RegisteredNames.None, "silo"));
        Assert.NotEmpty((await catalog.SetAsync(
            "top", Configuration(1), catalog.Get("top")!.Version, Guid.NewGuid(), null)).Errors);
    }

    [Fact]
    public void What_a_pool_keeps_is_stored_with_it()
    {
        var record = new PoolRecord(
            Configuration(1) with { Reserved = new(1, 2), Guarantees = new([new("a", null, 1, 2), new("b", "a", 3, 4)]) }, 5);
        Assert.Equal(record, StoredPool.Of(record).ToRecord());
    }

    /// <summary>Three pools, one above the other.</summary>
    private static Dictionary<string, PoolConfiguration> Family(int gold) => new()
    {
        ["top"] = Configuration(5),
        ["all"] = Configuration(5) with { Parent = "top" },
        ["gold"] = Gold(gold),
    };

    private static PoolConfiguration Gold(int reserved) => Configuration(9) with { Parent = "all", Reserved = new(reserved, 0) };

    private static Task<PoolChange> SetGold(PoolCatalog catalog, int reserved)
        => catalog.SetAsync("gold", Gold(reserved), catalog.Get("gold")!.Version, Guid.NewGuid(), null);

    private static PoolConfiguration Configuration(int workers) => new() { Limits = new PoolLimits(workers, 1) };

    private static Dictionary<string, PoolConfiguration> Pools(params (string Name, int Workers)[] pools)
        => pools.ToDictionary(static pool => pool.Name, static pool => Configuration(pool.Workers));

    private static Task<PoolChange> Set(PoolCatalog catalog, int workers, long? version)
        => catalog.SetAsync("pool", Configuration(workers), version, Guid.NewGuid(), "test");

    /// <summary>A new activation of the catalog.</summary>
    private async Task<PoolCatalog> Load()
    {
        var services = new ServiceCollection().AddKeyedSingleton<IGrainStorage>(HandlerSiloOptions.StorageName, storage);
        var catalog = new PoolCatalog(
            new HandlerStorage(services.BuildServiceProvider()),
            Id,
            VersionOf,
            FollowAsync,
            new RegisteredNames(["known"], []),
            logger,
            () => leaves++);
        await catalog.LoadAsync();
        return catalog;
    }

    private Task<long> VersionOf(string pool) => Task.FromResult(poolRecords.GetValueOrDefault(pool));

    private async Task FollowAsync(string pool, PoolConfiguration configuration, bool removed)
    {
        await beforeFollow(pool);
        followed.Add((pool, configuration.Version, removed));
        kept[pool] = configuration.Guarantees;
    }
}
