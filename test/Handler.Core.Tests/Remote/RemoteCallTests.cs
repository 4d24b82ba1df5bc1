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

    private sealed class UnreadableException() : Exception(OtherVersion.Reason), IUnreadableAnswer;

    /// <summary>A cluster whose answers this version cannot read.</summary>
    private sealed class OtherVersion : ICluster
    {
        public const string Reason = "the kind 99 is not known";

        public Task<CallReply> SubmitAsync(JobRequest request) => Task.FromException<CallReply>(new UnreadableException());

        public Task<CallReply> WatchAsync(NodeId node, CallId call) => throw new NotSupportedException();

        public Task<FindReply> FindAsync(CallId call) => throw new NotSupportedException();

        public Task StopAsync(CallId call, Stop stop) => throw new NotSupportedException();

        public Task DetachAsync(NodeId node, CallId call) => throw new NotSupportedException();

        public Task<int> KillAsync(string pool, KillTarget target, string reason) => throw new NotSupportedException();

        public Task<PoolSnapshot?> GetSnapshotAsync(string pool) => throw new NotSupportedException();

        public Task<VersionedPool?> GetPoolAsync(string pool) => throw new NotSupportedException();

        public Task<PoolChange> SetPoolAsync(string pool, PoolConfiguration configuration, long? version) => throw new NotSupportedException();

        public Task<bool> RemovePoolAsync(string pool) => throw new NotSupportedException();
    }
}
