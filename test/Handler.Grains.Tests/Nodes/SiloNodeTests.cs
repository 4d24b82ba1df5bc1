using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Reflection;
using System.Threading.Channels;
using Handler.Cluster;
using Handler.Grains.Members;
using Handler.Grains.Nodes;
using Handler.Grains.Pools;
using Handler.Pools;
using Handler.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Orleans.Storage;

namespace Handler.Grains.Tests;

/// <summary>How the node of a silo starts, opens and leaves. Its workers are real; the silo around it is the test's.</summary>
public sealed class SiloNodeTests : IAsyncLifetime
{
    private const int WorkersStage = ServiceLifecycleStage.ApplicationServices, JobsStage = ServiceLifecycleStage.Active + 1;

    private static readonly SiloAddress Own = SiloAddress.New(IPAddress.Loopback, 1, 1), Other = SiloAddress.New(IPAddress.Loopback, 2, 2);
    private static readonly NodeLoad OtherLoad = new(Membership.NodeOf(Other), FreeWorkers: 1, FreeBytes: 1, Accepts: true);
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Now);
    private readonly RecordingLogger logger = new();
    private readonly HandlerOptions options = new() { MaxWorkers = 1, MinWorkers = 0, CallersAreElsewhere = true };
    private readonly HandlerSiloOptions siloOptions = new();
    private readonly ColocatedPools colocated;
    private readonly Channel<ClusterMembershipSnapshot> updates = Channel.CreateUnbounded<ClusterMembershipSnapshot>();
    private readonly SortedDictionary<int, ILifecycleObserver> stages = [];
    private readonly ConcurrentQueue<NodeLoad> published = [];
    private readonly ConcurrentQueue<long> pinged = [];
    private readonly ConcurrentQueue<object?[]> configured = [];
    private readonly LoadTable loads;
    private readonly SiloNode node;
    private Func<MembershipTableData> readTable = static () => TableOf(Now);
    private Func<long, Task> ping = static _ => Task.CompletedTask;
    private IReadOnlyList<string> poolErrors = [];

    public SiloNodeTests()
    {
        colocated = new ColocatedPools(time);
        var silo = Fake.Of<ILocalSiloDetails>(static (_, _) => Own);
        var membership = new Membership(Fake.Of<IClusterMembershipService>(Service), silo, time);
        var nodes = new Nodes(new OtherNode(published));
        var table = Fake.Of<IMembershipTable>((_, _) => Table());
        var log = new Logger<IHandler>(Fake.Of<ILoggerFactory>((_, _) => logger));
        var grains = Fake.Grains(Find);
        var storage = new ServiceCollection()
            .AddKeyedSingleton(HandlerSiloOptions.StorageName, Fake.Of<IGrainStorage>(static (_, _) => throw new NotSupportedException()))
            .BuildServiceProvider();
        loads = new LoadTable(membership, nodes, time);
        node = new SiloNode(
            Options.Create(options),
            Options.Create(siloOptions),
            membership,
            nodes,
            loads,
            new GrainPools(grains, colocated),
            new GrainPoolStore(new HandlerStorage(storage), grains),
            colocated,
            new MembershipWatch(membership, table, time, log),
            new StorageWatch(grains, Options.Create(options), time, log),
            grains,
            table,
            Options.Create(new ClusterMembershipOptions()),
            time,
            log);
        node.Participate(Fake.Of<ISiloLifecycle>(Subscribe));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Wait.For(stages[WorkersStage].OnStop(default), "the node to stop");

    [Fact]
    public void Its_workers_start_before_the_silo_is_active_and_it_takes_jobs_afterwards()
    {
        Assert.Equal([WorkersStage, JobsStage], stages.Keys);
        Assert.True(WorkersStage < ServiceLifecycleStage.Active);
    }

    [Fact]
    public async Task A_silo_that_leaves_before_its_node_has_started_has_nothing_to_drain()
    {
        Assert.False(node.Drained.IsCompleted);
        await Wait.For(stages[JobsStage].OnStop(default), "the drain");
        Assert.True(node.Drained.IsCompletedSuccessfully);
        Assert.Empty(published);
    }

    [Fact]
    public async Task A_clock_that_is_ahead_is_logged_before_the_silo_joins()
    {
        readTable = static () => TableOf(Now.AddHours(1));
        await StartAsync();
        var line = Assert.Single(logger.Lines, static line => line.Id == 1416);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains($"The clock of silo {Other} is 3600 s ahead of this machine's", line.Text);
        Assert.Contains("more than 300 s ahead", line.Text);
        Assert.Contains("134", line.Text);
    }

    [Fact]
    public async Task Clocks_that_agree_are_not_mentioned()
    {
        await StartAsync();
        Assert.DoesNotContain(logger.Lines, static line => line.Id is 1416 or 1417);
    }

    [Fact]
    public async Task A_membership_table_that_cannot_be_read_does_not_keep_the_workers_from_starting()
    {
        readTable = static () => throw new IOException("no Redis");
        await StartAsync();
        var line = Assert.Single(logger.Lines, static line => line.Id == 1417);
        Assert.Equal((LogLevel.Debug, "no Redis"), (line.Level, line.Exception!.Message));
        Assert.Equal(Membership.NodeOf(Own), (await node.StartedAsync()).Id);
    }

    [Fact]
    public async Task An_early_call_waits_until_the_node_opens()
    {
        await StartAsync();
        var early = Task.Run(() => node.OpenedAsync().AsTask());
        await Wait.For(stages[JobsStage].OnStart(default), "the node to open");
        Assert.True((await Wait.For(early)).Load.Accepts);
        Assert.True(node.OpenedAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task An_early_call_waits_no_longer_than_a_long_poll()
    {
        await StartAsync();
        var early = await Task.Run(() => Task.FromResult(node.OpenedAsync().AsTask()));
        await time.PassAsync(NodeTimings.LongPoll - TimeSpan.FromMilliseconds(1));
        Assert.False(early.IsCompleted);
        await time.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.False((await Wait.For(early)).Load.Accepts);
    }

    [Fact]
    public async Task Pools_of_the_configuration_are_given_to_the_catalog_with_the_names_of_the_profiles()
    {
        options.AddPool("pool", static pool => (pool.MaxWorkers, pool.Profile) = (3, "known")).AddProfile("known");
        await OpenAsync();
        var (pools, profiles, silo) = Assert.Single(configured)
            is [Dictionary<string, PoolConfiguration> given, _, string[] known, string name]
            ? (given, known, name)
            : throw new InvalidOperationException("The catalog was called with other arguments.");
        Assert.Equal(("pool", 3), (pools.Single().Key, pools.Single().Value.Limits.MaxWorkers));
        Assert.Equal("known", pools.Single().Value.Profile);
        Assert.Equal(["known"], profiles);
        Assert.Equal(Membership.NodeOf(Own).Value, silo);
    }

    [Fact]
    public async Task Without_pools_in_the_configuration_the_catalog_is_not_called()
    {
        await OpenAsync();
        Assert.Empty(configured);
    }

    [Fact]
    public async Task Pools_that_the_catalog_refuses_keep_the_node_closed()
    {
        options.AddPool("pool");
        poolErrors = ["Pool pool has no parent."];
        await StartAsync();
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => stages[JobsStage].OnStart(default));
        Assert.Equal(poolErrors, refused.Failures);
        Assert.False((await node.StartedAsync()).Load.Accepts);
    }

    [Fact]
    public async Task Each_worker_grain_is_called_once_although_a_call_fails()
    {
        ping = static key => key == 3 ? Task.FromException(new IOException("no grain directory")) : Task.CompletedTask;
        await OpenAsync();
        Assert.Equal(Enumerable.Range(0, IWorkerGrain.Keys).Select(static key => (long)key), pinged);
        Assert.True((await node.StartedAsync()).Load.Accepts);
    }

    [Fact]
    public async Task The_load_of_the_other_nodes_is_known_when_the_node_opens()
    {
        await OpenAsync();
        Assert.Equal([OtherLoad], loads.Living);
    }

    [Fact]
    public async Task A_silo_that_leaves_tells_the_others_and_its_pools()
    {
        await OpenAsync();
        Assert.False(colocated.IsLeaving);
        await Wait.For(stages[JobsStage].OnStop(default), "the drain");
        Assert.True(node.Drained.IsCompletedSuccessfully);
        Assert.Contains(published, static load => !load.Accepts);
        Assert.True(colocated.IsLeaving);
        Assert.False((await node.StartedAsync()).Load.Accepts);
    }

    [Fact]
    public async Task A_drain_that_fails_does_not_keep_the_silo()
    {
        await OpenAsync();
        siloOptions.DrainTimeout = TimeSpan.MaxValue; // longer than a timer can be
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => stages[JobsStage].OnStop(default));
        Assert.True(node.Drained.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_node_that_died_gets_no_more_jobs()
    {
        await StartAsync();
        loads.Set(OtherLoad);
        updates.Writer.TryWrite(Snapshot(SiloStatus.Active, version: 2)); // the node knows the members from here on
        updates.Writer.TryWrite(Snapshot(SiloStatus.Dead, version: 3));
        await Wait.Until(() => !loads.Living.Any(), "the node to forget the dead one");
    }

    private static MembershipTableData TableOf(DateTimeOffset aliveAt)
    {
        var entry = new MembershipEntry { SiloAddress = Other, Status = SiloStatus.Active, IAmAliveTime = aliveAt.UtcDateTime };
        return new MembershipTableData([Tuple.Create(entry, "1")], new TableVersion(1, "1"));
    }

    private static ClusterMembershipSnapshot Snapshot(SiloStatus other, int version)
        => new(
            new Dictionary<SiloAddress, ClusterMember>
            {
                [Own] = new(Own, SiloStatus.Active, "own"),
                [Other] = new(Other, other, "other"),
            }.ToImmutableDictionary(),
            new MembershipVersion(version));

    private async Task StartAsync() => await Wait.For(stages[WorkersStage].OnStart(default), "the workers to start");

    private async Task OpenAsync()
    {
        await StartAsync();
        await Wait.For(stages[JobsStage].OnStart(default), "the node to open");
    }

    private object? Service(MethodInfo method, object?[] arguments) => method.Name switch
    {
        "get_CurrentSnapshot" => Snapshot(SiloStatus.Active, version: 1),
        "get_MembershipUpdates" => updates.Reader.ReadAllAsync(),
        _ => default(ValueTask),
    };

    private Task<MembershipTableData> Table()
    {
        try
        {
            return Task.FromResult(readTable());
        }
        catch (IOException exception)
        {
            return Task.FromException<MembershipTableData>(exception);
        }
    }

    private object? Subscribe(MethodInfo method, object?[] arguments)
    {
        stages.Add((int)arguments[1]!, (ILifecycleObserver)arguments[2]!);
        return null;
    }

    private object Find(Type grain, object key) => grain == typeof(IWorkerGrain)
        ? Fake.Of<IWorkerGrain>((_, _) => Ping((long)key))
        : Fake.Of<IPoolCatalogGrain>((_, arguments) => Configure(arguments));

    private Task Ping(long key)
    {
        pinged.Enqueue(key);
        return ping(key);
    }

    private Task<IReadOnlyList<string>> Configure(object?[] arguments)
    {
        configured.Enqueue(arguments);
        return Task.FromResult(poolErrors);
    }

    private sealed class Nodes(INodeService other) : INodeServices
    {
        public INodeService this[NodeId node] => other;

        public void Forget(NodeId node)
        {
        }
    }

    /// <summary>The node of the other silo, which records the loads that it is told.</summary>
    private sealed class OtherNode(ConcurrentQueue<NodeLoad> published) : INodeService
    {
        public Task<SessionReply> ExchangeAsync(SessionMessage message) => throw new NotSupportedException();

        public Task PublishAsync(NodeLoad load)
        {
            published.Enqueue(load);
            return Task.CompletedTask;
        }

        public Task<NodeLoad> GetLoadAsync() => Task.FromResult(OtherLoad);

        public Task<CallReply> SubmitAsync(JobRequest request) => throw new NotSupportedException();

        public Task<CallReply> WatchAsync(CallId call) => throw new NotSupportedException();

        public Task<ValuePart> FetchAsync(CallId call, int offset) => throw new NotSupportedException();

        public Task<CallReply> FindAsync(CallId call, bool refuse) => throw new NotSupportedException();

        public Task StopAsync(CallId call, StopRequest stop) => throw new NotSupportedException();

        public Task DetachAsync(CallId call) => throw new NotSupportedException();

        public Task<InventoryReply> InventoryAsync(InventoryRequest request) => throw new NotSupportedException();

        public Task<ReconcileReply> ReconcileAsync(ReconcileRequest request) => throw new NotSupportedException();

        public Task<int> KillAsync(KillRequest request) => throw new NotSupportedException();
    }
}
