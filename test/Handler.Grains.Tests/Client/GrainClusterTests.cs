using System.Reflection;
using System.Runtime.CompilerServices;
using Handler.Client;
using Handler.Cluster;
using Handler.FairShare;
using Handler.Grains.Wire;
using Handler.Pools;
using Handler.Tests;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime.Messaging;

namespace Handler.Grains.Tests;

/// <summary>
/// How a caller's requests reach a cluster: through which gateways, when again, and what the caller learns if none replies.
/// </summary>
public sealed class GrainClusterTests
{
    private const int MaxWays = 8;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(300), Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly NodeId Node = new("node");
    private static readonly CallId Call = new(1, 1);
    private static readonly CallReply Admitted = new(CallState.Admitted, Node);
    private static readonly JobRequest Job = new() { Call = Call, Options = new JobOptions(), Function = default };
    private static readonly FindReply Unknown = new(null, null);

    private readonly FakeTimeProvider time = new();
    private readonly RecordingLogger logger = new();
    private readonly List<Request> requests = [];
    private readonly GrainCluster cluster;
    private bool isConnected = true;

    public GrainClusterTests() => cluster = new GrainCluster(Fake.Grains(Find), logger, time);

    [Fact]
    public async Task A_submitted_job_gets_the_news_of_its_node()
    {
        var reply = cluster.SubmitAsync(Job);
        await AnswerWithNodesAsync();
        Assert.Equal(Node, requests[1].Node);
        await requests[1].ReplyAsync(new SessionReply(Node, [new SessionNews(Call, Admitted)]));
        Assert.Same(Admitted, await Wait.For(reply));
    }

    [Fact]
    public async Task A_job_whose_node_does_not_reply_in_time_is_not_sent_again()
    {
        var reply = cluster.SubmitAsync(Job);
        await AnswerWithNodesAsync();
        await time.PassAsync(NodeTimings.Listening - Millisecond);
        Assert.False(reply.IsCompleted);
        await time.PassAsync(Millisecond);
        await Assert.ThrowsAsync<TimeoutException>(() => Wait.For(reply));
        await requests[1].FailAsync(new IOException("too late"));
        await AssertLoggedAsync("a message whose reply came too late", "too late");
        Assert.Empty(requests.Skip(2).SelectMany(static request => request.Message!.Jobs));
    }

    [Fact]
    public async Task A_job_that_cannot_be_sent_fails_with_the_exception_of_the_message()
    {
        var reply = cluster.SubmitAsync(Job);
        await AnswerWithNodesAsync();
        var failure = new IOException("broken");
        await requests[1].FailAsync(failure);
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => Wait.For(reply)));
        Assert.Empty(logger.Lines); // its caller has it
    }

    [Fact]
    public async Task A_job_for_which_no_node_is_found_has_not_left()
    {
        var reply = cluster.SubmitAsync(Job);
        await requests[0].FailAsync(new IOException("broken"));
        await requests[1].FailAsync(new IOException("broken"));
        var failure = await Assert.ThrowsAsync<NoNodeException>(() => Wait.For(reply));
        Assert.True(cluster.HasNotLeft(failure));
    }

    [Theory]
    [InlineData(typeof(OrleansMessageRejectionException), true)]
    [InlineData(typeof(ConnectionFailedException), true)]
    [InlineData(typeof(SiloUnavailableException), false)]
    [InlineData(typeof(TimeoutException), false)]
    [InlineData(typeof(IOException), false)]
    public void Only_a_message_that_Orleans_did_not_take_has_certainly_reached_no_node(Type failure, bool hasNotLeft)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var exception = (Exception)Activator.CreateInstance(failure, Any, null, ["message"], null)!;
        Assert.Equal(hasNotLeft, cluster.HasNotLeft(exception));
    }

    [Fact]
    public async Task A_request_without_a_reply_is_sent_through_the_next_gateways_in_turn()
    {
        var reply = cluster.FindAsync(Call, refuse: false);
        for (var sent = 1; sent < MaxWays; sent++)
        {
            await time.PassAsync(Step - Millisecond);
            Assert.Equal(sent, requests.Count);
            await time.PassAsync(Millisecond);
            Assert.Equal(sent + 1, requests.Count);
        }

        await time.PassAsync(10 * Step);
        Assert.Equal(MaxWays, requests.Count);
        Assert.False(reply.IsCompleted);
        var first = requests[0].Key;
        var inTurn = Enumerable.Range(0, MaxWays).Select(way => (first + way) % IWorkerGrain.Keys);
        Assert.Equal(inTurn, requests.Select(static request => request.Key));
        await requests[^1].ReplyAsync(Unknown);
        Assert.Same(Unknown, await Wait.For(reply));
    }

    [Fact]
    public async Task The_first_reply_counts_and_a_later_failure_is_only_logged()
    {
        var reply = cluster.FindAsync(Call, refuse: false);
        await time.PassAsync(Step);
        await requests[1].ReplyAsync(Unknown);
        Assert.Same(Unknown, await Wait.For(reply));
        await requests[0].FailAsync(new IOException("too late"));
        await AssertLoggedAsync("a request that was sent through several gateways", "too late");
    }

    [Fact]
    public async Task A_request_that_fails_is_sent_again_immediately_and_fails_with_the_second_failure()
    {
        var reply = cluster.FindAsync(Call, refuse: false);
        await requests[0].FailAsync(new IOException("first"));
        Assert.Equal(2, requests.Count);
        Assert.False(reply.IsCompleted);
        await requests[1].FailAsync(new IOException("second"));
        Assert.Equal("second", (await Assert.ThrowsAsync<IOException>(() => Wait.For(reply))).Message);
        Assert.Equal(2, requests.Count);
    }

    [Fact]
    public async Task A_request_that_fails_once_still_gets_the_reply_of_another_gateway()
    {
        var reply = cluster.FindAsync(Call, refuse: false);
        await time.PassAsync(Step);
        await requests[0].FailAsync(new IOException("first"));
        Assert.Equal(3, requests.Count);
        await requests[1].ReplyAsync(Unknown);
        Assert.Same(Unknown, await Wait.For(reply));
    }

    [Fact]
    public async Task A_fetch_is_sent_again_only_after_it_should_have_returned()
    {
        const string Method = nameof(IWorkerGrain.FetchAsync);
        var reply = cluster.FetchAsync(Node, Call, offset: 0);
        await time.PassAsync(NodeTimings.LongPoll + (2 * Step) - Millisecond);
        Assert.Equal(1, CountOf(Method));
        await time.PassAsync(Millisecond);
        Assert.Equal(2, CountOf(Method));
        await time.PassAsync(Step);
        Assert.Equal(3, CountOf(Method));
        Assert.False(reply.IsCompleted);
    }

    [Fact]
    public async Task Some_messages_about_a_job_are_preceded_by_one_that_does_nothing()
    {
        for (var i = 0; i < 200; i++)
            await Wait.For(cluster.StopAsync(Call, null!), "a stop");
        var pings = requests.FindAll(static request => request.Method == nameof(IWorkerGrain.PingAsync));
        Assert.InRange(pings.Count, 1, 199);
        await pings[0].FailAsync(new IOException("no gateway"));
        await AssertLoggedAsync("a message that only skips a gateway", "no gateway");
    }

    [Fact]
    public async Task A_client_that_is_connected_later_gets_its_grains_then()
    {
        isConnected = false;
        await Assert.ThrowsAsync<InvalidOperationException>(() => Wait.For(cluster.FindAsync(Call, refuse: false)));
        isConnected = true;
        var reply = cluster.FindAsync(Call, refuse: false);
        await requests[0].ReplyAsync(Unknown);
        Assert.Same(Unknown, await Wait.For(reply));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task A_pool_without_a_name_does_not_exist(string pool)
    {
        Assert.Equal(0, await Wait.For(cluster.KillAsync(pool, KillTarget.All, "reason", default)));
        Assert.Null(await Wait.For(cluster.GetSnapshotAsync(pool, default)));
        Assert.Empty(requests);
    }

    [Theory]
    [InlineData(nameof(IPoolGrain.KillAsync))]
    [InlineData(nameof(IPoolCatalogGrain.SetAsync))]
    [InlineData(nameof(IPoolCatalogGrain.RemoveAsync))]
    public async Task A_change_whose_fate_is_unknown_is_repeated_with_the_same_id(string method)
    {
        var (change, reply) = Change(method);
        await Sent(method).FailAsync(new SiloUnavailableException("its silo died"));
        await time.PassAsync(TimeSpan.FromMilliseconds(99));
        Assert.Single(requests);
        await time.PassAsync(Millisecond);
        Assert.Equal(2, CountOf(method));
        Assert.Equal(requests[0].Id, requests[1].Id);
        Assert.NotEqual(Guid.Empty, requests[0].Id);
        await requests[1].ReplyAsync(reply);
        await Wait.For(change, "the change");
    }

    [Fact]
    public async Task Each_change_has_an_id_of_its_own()
    {
        foreach (var method in (string[])[nameof(IPoolGrain.KillAsync), nameof(IPoolGrain.KillAsync)])
        {
            var (change, reply) = Change(method);
            await requests[^1].ReplyAsync(reply);
            await Wait.For(change, "the change");
        }

        Assert.NotEqual(requests[0].Id, requests[1].Id);
    }

    [Fact]
    public async Task A_kill_returns_how_many_jobs_it_has_killed()
    {
        var killed = cluster.KillAsync("pool", KillTarget.All, "reason", default);
        await requests[0].ReplyAsync(new KillReply(7, UnreachedNodes: 1));
        Assert.Equal(7, await Wait.For(killed));
    }

    [Fact]
    public async Task A_cluster_that_does_not_reply_in_time_is_named_with_the_last_failure()
    {
        var start = time.GetTimestamp();
        var reading = cluster.GetPoolAsync("pool", default);
        while (!reading.IsCompleted)
        {
            await requests[^1].FailAsync(new SiloUnavailableException("its silo died"));
            await time.PassAsync(TimeSpan.FromMilliseconds(100));
        }

        var timeout = await Assert.ThrowsAsync<TimeoutException>(() => reading);
        Assert.Equal("The cluster has not replied for 30 s: its silo died", timeout.Message);
        Assert.IsType<SiloUnavailableException>(timeout.InnerException);
        var took = time.GetElapsedTime(start);
        Assert.InRange(took, NodeTimings.FindTimeout, NodeTimings.FindTimeout + TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task A_reply_that_this_version_cannot_read_is_not_asked_for_again()
    {
        var reading = cluster.GetSnapshotAsync("pool", default);
        await requests[0].FailAsync(new HandlerProtocolException("unknown message"));
        await Assert.ThrowsAsync<HandlerProtocolException>(() => Wait.For(reading));
        Assert.Single(requests);
    }

    [Fact]
    public async Task A_cancelled_request_is_not_sent()
    {
        await Assert.ThrowsAsync<OperationCanceledException>(() => cluster.GetPoolAsync("pool", new CancellationToken(canceled: true)));
        Assert.Empty(requests);
    }

    [Fact]
    public async Task A_request_that_is_cancelled_ends_although_no_reply_has_come()
    {
        using var cancelling = new CancellationTokenSource();
        var reading = cluster.GetPoolAsync("pool", cancelling.Token);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(reading));
        await requests[0].FailAsync(new IOException("too late"));
        await AssertLoggedAsync("a call that its caller has cancelled", "too late");
    }

    [Fact]
    public async Task A_request_that_is_cancelled_between_two_calls_is_not_repeated()
    {
        using var cancelling = new CancellationTokenSource();
        var reading = cluster.GetPoolAsync("pool", cancelling.Token);
        await requests[0].FailAsync(new SiloUnavailableException("its silo died"));
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Wait.For(reading));
        await time.PassAsync(Step);
        Assert.Single(requests);
    }

    private Task AnswerWithNodesAsync() => requests[0].ReplyAsync(new KnownNodes(1, [Node]));

    private (Task Change, object Reply) Change(string method) => method switch
    {
        nameof(IPoolGrain.KillAsync) => (cluster.KillAsync("pool", KillTarget.All, "reason", default), new KillReply(1, 0)),
        nameof(IPoolCatalogGrain.SetAsync) => (cluster.SetPoolAsync("pool", null!, null, default), new PoolChange(true, [])),
        _ => (cluster.RemovePoolAsync("pool", default), true),
    };

    private Request Sent(string method) => Assert.Single(requests, request => request.Method == method);

    private int CountOf(string method) => requests.Count(request => request.Method == method);

    private async Task AssertLoggedAsync(string work, string failure)
    {
        await Wait.Until(() => !logger.Lines.IsEmpty, "a line of the log");
        var line = Assert.Single(logger.Lines);
        Assert.Equal((1315, failure), (line.Id, line.Exception!.Message));
        Assert.EndsWith(work, line.Text);
    }

    private object Find(Type grain, object key)
    {
        if (!isConnected)
            throw new InvalidOperationException("The client is not connected.");
        return grain == typeof(IWorkerGrain) ? new WorkerGrain(this, (long)key)
            : grain == typeof(IPoolGrain) ? new PoolGrain(this)
            : new CatalogGrain(this);
    }

    private Request Add(string method, long key = 0, Guid id = default)
    {
        var request = new Request(method, key, id);
        requests.Add(request);
        return request;
    }

    /// <summary>A request that a grain has received. The test replies to it.</summary>
    private sealed record Request(string Method, long Key, Guid Id)
    {
        private readonly TaskCompletionSource<object> reply = new();

        public NodeId? Node { get; set; }

        public SessionMessage? Message { get; set; }

        public async Task<T> Reply<T>() => (T)await reply.Task.ConfigureAwait(false);

        /// <summary>What waits for the reply continues on the same thread, and has come to its next wait when this completes.</summary>
        public Task ReplyAsync(object value) => Task.Run(() => reply.SetResult(value));

        /// <inheritdoc cref="ReplyAsync"/>
        public Task FailAsync(Exception exception) => Task.Run(() => reply.SetException(exception));
    }

    private sealed class WorkerGrain(GrainClusterTests test, long key) : IWorkerGrain
    {
        public Task<KnownNodes> GetNodesAsync() => Ask<KnownNodes>();

        public Task<SessionReply> ExchangeByAnyAsync(NodeId node, SessionMessage message) => ExchangeAsync(node, message);

        public Task<SessionReply> ExchangeAsync(NodeId node, SessionMessage message)
        {
            var request = test.Add(nameof(ExchangeAsync), key);
            (request.Node, request.Message) = (node, message);
            return request.Reply<SessionReply>();
        }

        public Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset) => Ask<ValuePart>();

        public Task<FindReply> FindAsync(CallId call, bool refuse) => Ask<FindReply>();

        public Task StopAsync(CallId call, StopRequest stop) => Task.CompletedTask;

        public Task DetachAsync(NodeId node, CallId call) => throw new NotSupportedException();

        public Task PingAsync() => Ask<object>();

        private Task<T> Ask<T>([CallerMemberName] string method = "") => test.Add(method, key).Reply<T>();
    }

    private sealed class PoolGrain(GrainClusterTests test) : IPoolGrain
    {
        public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request) => throw new NotSupportedException();

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests) => throw new NotSupportedException();

        public ValueTask<ReleaseReply> ReleaseAsync(ReleaseRequest request) => throw new NotSupportedException();

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests) => throw new NotSupportedException();

        public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth) => throw new NotSupportedException();

        public Task<KillReply> KillAsync(Guid kill, KillTarget target, string reason)
            => test.Add(nameof(KillAsync), id: kill).Reply<KillReply>();

        public Task<PoolSnapshot?> GetSnapshotAsync() => test.Add(nameof(GetSnapshotAsync)).Reply<PoolSnapshot?>();

        public Task FollowAsync() => throw new NotSupportedException();
    }

    private sealed class CatalogGrain(GrainClusterTests test) : IPoolCatalogGrain
    {
        public Task<VersionedPool?> GetAsync(string pool) => test.Add(nameof(GetAsync)).Reply<VersionedPool?>();

        public Task<PoolChange> SetAsync(string pool, PoolConfiguration configuration, long? version, Guid change, string? by)
            => test.Add(nameof(SetAsync), id: change).Reply<PoolChange>();

        public Task<bool> RemoveAsync(string pool, Guid change, string? by) => test.Add(nameof(RemoveAsync), id: change).Reply<bool>();

        public Task<IReadOnlyList<string>> ConfigureAsync(
            Dictionary<string, PoolConfiguration> pools, string[] selectors, string[] profiles, string? silo)
            => throw new NotSupportedException();

        public Task<IReadOnlyList<string>> RestoreAsync(
            Dictionary<string, PoolConfiguration> pools, string[] selectors, string[] profiles)
            => throw new NotSupportedException();
    }
}
