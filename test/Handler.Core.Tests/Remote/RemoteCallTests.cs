using Handler.Pools;
using Handler.Remote;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Remote;

/// <summary>A caller's side of a call.</summary>
public sealed class RemoteCallTests
{
    [Fact]
    public async Task An_answer_that_cannot_be_read_is_told_at_once_with_its_reason()
    {
        await using var handler = new RemoteHandler(new HandlerOptions(), new OtherVersion(), NullLogger.Instance);
        var outcome = await Wait.For(handler.RunAsync(static () => 1));
        Assert.Contains(OtherVersion.Reason, Assert.IsType<Lost<int>>(outcome).Message);
    }

    [Fact]
    public async Task A_call_that_has_not_arrived_yet_is_not_given_up()
    {
        var ending = JobEnding.Of(new Verdict.Exited(3, null, "of itself"));
        var cluster = new SlowNode(new FindReply(null, null), new FindReply(null, TimeSpan.FromHours(1)), new FindReply(new CallReply(CallState.Ended, new NodeId("slow"), null, ending), null));
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance);
        Assert.Equal(3, Assert.IsType<Exited<int>>(await Wait.For(handler.RunAsync(static () => 1))).ExitCode);
        Assert.Equal([false, false, false], cluster.Refusals);
    }

    [Fact]
    public async Task A_call_that_is_unknown_after_a_death_is_refused_and_lost_at_once()
    {
        var died = new FindReply(null, TimeSpan.Zero);
        var cluster = new SlowNode(died, died);
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance);
        Assert.IsType<Lost<int>>(await Wait.For(handler.RunAsync(static () => 1)));
        Assert.Equal([false, true], cluster.Refusals);
    }

    /// <summary>A cluster with a node that takes its time: what is sent to it gets no answer.</summary>
    private sealed class SlowNode(params FindReply[] found) : OneJob
    {
        public List<bool> Refusals { get; } = [];

        public override Task<CallReply> SubmitAsync(JobRequest request) => Task.FromException<CallReply>(new TimeoutException());

        public override Task<FindReply> FindAsync(CallId call, bool refuse)
        {
            Refusals.Add(refuse);
            return Task.FromResult(found[Refusals.Count - 1]);
        }
    }

    private sealed class UnreadableException() : Exception(OtherVersion.Reason), IUnreadableAnswer;

    /// <summary>A cluster whose answers this version cannot read.</summary>
    private sealed class OtherVersion : OneJob
    {
        public const string Reason = "the kind 99 is not known";

        public override Task<CallReply> SubmitAsync(JobRequest request) => Task.FromException<CallReply>(new UnreadableException());
    }

    /// <summary>A cluster of which a job is all that anybody wants.</summary>
    private abstract class OneJob : ICluster
    {
        public abstract Task<CallReply> SubmitAsync(JobRequest request);

        public Task<CallReply> WatchAsync(NodeId node, CallId call) => throw new NotSupportedException();

        public Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset) => throw new NotSupportedException();

        public virtual Task<FindReply> FindAsync(CallId call, bool refuse) => throw new NotSupportedException();

        public Task StopAsync(CallId call, Stop stop) => throw new NotSupportedException();

        public Task DetachAsync(NodeId node, CallId call) => throw new NotSupportedException();

        public Task<int> KillAsync(string pool, KillTarget target, string reason) => throw new NotSupportedException();

        public Task<PoolSnapshot?> GetSnapshotAsync(string pool) => throw new NotSupportedException();

        public Task<VersionedPool?> GetPoolAsync(string pool) => throw new NotSupportedException();

        public Task<PoolChange> SetPoolAsync(string pool, PoolConfiguration configuration, long? version) => throw new NotSupportedException();

        public Task<bool> RemovePoolAsync(string pool) => throw new NotSupportedException();
    }
}
