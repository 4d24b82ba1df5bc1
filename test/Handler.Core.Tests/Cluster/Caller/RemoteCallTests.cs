using Handler.Cluster;
using Handler.Pools;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>A caller's side of a call.</summary>
public sealed class RemoteCallTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task A_job_whose_reply_cannot_be_read_is_lost_with_the_reason()
    {
        await using var handler = new RemoteHandler(new HandlerOptions(), new OtherVersion(), NullLogger.Instance, time);
        var outcome = await time.For(handler.RunAsync(static () => 1));
        Assert.Contains(OtherVersion.Reason, Assert.IsType<JobLost>(outcome.Failure).Message);
    }

    [Fact]
    public async Task A_call_that_has_not_arrived_yet_is_not_refused()
    {
        var outcome = EncodedOutcome.Of(new JobExited(3, null, "of itself"));
        var cluster = new SlowNode(
            new FindReply(null, null),
            new FindReply(null, TimeSpan.FromHours(1)),
            new FindReply(new CallReply(CallState.Ended, new NodeId("slow"), null, outcome), null));
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance, time);
        Assert.Equal(3, Assert.IsType<JobExited>((await time.For(handler.RunAsync(static () => 1))).Failure).ExitCode);
        Assert.Equal([false, false, false], cluster.Refusals);
    }

    [Fact]
    public async Task A_call_that_no_node_knows_after_a_death_is_refused_and_lost_immediately()
    {
        var died = new FindReply(null, TimeSpan.Zero);
        var cluster = new SlowNode(died, died);
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance, time);
        var start = time.GetTimestamp();
        Assert.IsType<JobLost>((await time.For(handler.RunAsync(static () => 1))).Failure);
        Assert.True(time.GetElapsedTime(start) < TimeSpan.FromSeconds(3), $"after {time.GetElapsedTime(start)}");
        Assert.Equal([false, true], cluster.Refusals);
    }

    [Fact]
    public async Task A_call_that_could_not_be_sent_is_sent_again_under_the_same_id()
    {
        var cluster = new Gateways([Unsent, Unsent, Ended]);
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance, time);
        Assert.IsType<JobExited>((await time.For(handler.RunAsync(static () => 1))).Failure);
        Assert.Equal((3, 1), (cluster.Sent.Count, cluster.Sent.Distinct().Count()));
    }

    [Fact]
    public async Task A_call_that_cannot_be_sent_is_rejected_when_its_admission_time_is_over()
    {
        await using var handler = new RemoteHandler(new HandlerOptions(), new Gateways([Unsent]), NullLogger.Instance, time);
        var limits = new JobOptions { PoolTimeout = TimeSpan.FromMilliseconds(250), Wait = TimeSpan.FromMilliseconds(100) };
        var begin = time.GetTimestamp();
        var rejected = Assert.IsType<JobRejected>((await time.For(handler.GetPool("pool").RunAsync(static () => 1, limits))).Failure);
        Assert.Equal(("pool", RejectReason.PoolTimeout, 250), (rejected.Pool, rejected.Reason, rejected.Limit));
        AssertEndsInTime(limits, begin);
        var start = await time.For(handler.GetPool("pool").TryStartAsync(static () => 1, limits));
        Assert.False(start.IsAdmitted);
        Assert.Equal(RejectReason.PoolTimeout, start.Reject.Reason);
    }

    [Fact]
    public async Task A_cancelled_call_that_cannot_be_sent_ends_immediately()
    {
        await using var handler = new RemoteHandler(new HandlerOptions(), new Gateways([Unsent]), NullLogger.Instance, time);
        using var source = new CancellationTokenSource();
        var outcome = handler
            .GetPool("pool")
            .RunAsync(static () => 1, new JobOptions { PoolTimeout = TimeSpan.FromMinutes(1) }, source.Token);
        var start = handler
            .GetPool("pool")
            .TryStartAsync(static () => 1, new JobOptions { PoolTimeout = TimeSpan.FromMinutes(1) }, source.Token);
        await source.CancelAsync();
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await time.For(outcome)).Failure).Cause);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => time.For(start));
    }

    [Fact]
    public async Task A_call_sent_to_a_node_that_was_already_dead_is_refused_everywhere_and_sent_again_under_a_new_id()
    {
        var cluster = new Gateways([NoReply, Ended], new FindReply(null, TimeSpan.FromSeconds(1)));
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance, time);
        Assert.IsType<JobExited>((await time.For(handler.RunAsync(static () => 1))).Failure);
        Assert.Equal([false, true], cluster.Refusals);
        Assert.Equal(2, cluster.Sent.Distinct().Count());
    }

    [Fact]
    public async Task A_call_that_arrives_at_no_node_in_time_is_refused_everywhere_and_rejected()
    {
        var cluster = new Gateways([NoReply], new FindReply(null, null));
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance, time);
        var limits = new JobOptions { PoolTimeout = TimeSpan.FromMilliseconds(100) };
        var start = time.GetTimestamp();
        var rejected = Assert.IsType<JobRejected>((await time.For(handler.RunAsync(static () => 1, limits))).Failure);
        Assert.Equal(RejectReason.PoolTimeout, rejected.Reason);
        AssertEndsInTime(limits, start);
        Assert.True(cluster.Refusals[^1]);
    }

    [Fact]
    public async Task A_start_whose_admission_is_unknown_is_reported_as_lost()
    {
        var cluster = new Gateways([NoReply], new FindReply(null, TimeSpan.Zero));
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, NullLogger.Instance, time);
        await Assert.ThrowsAsync<JobLostException>(() => time.For(handler.GetPool("pool").TryStartAsync(static () => 1, new JobOptions())));
    }

    [Fact]
    public async Task A_failed_stop_is_logged_and_the_caller_still_gets_its_outcome()
    {
        var (logger, cluster) = (new RecordingLogger(), new NoMemory());
        await using var handler = new RemoteHandler(new HandlerOptions(), cluster, logger, time);
        using var source = new CancellationTokenSource();
        var outcome = handler.RunAsync(static () => 1, null, source.Token);
        await source.CancelAsync();
        cluster.Reply.SetResult(await Ended);
        Assert.IsType<JobExited>((await time.For(outcome)).Failure);
        await Wait.Until(() => logger.Lines.Count(static line => line.Id is 1313 or 1314) == 2, "the failure to be logged");
        var reported = Assert.Single(logger.Lines, static line => line.Id == 1314);
        Assert.Contains("stops a call", reported.Text);
        Assert.IsType<OutOfMemoryException>(reported.Exception);
    }

    [Fact]
    public async Task A_failed_receipt_for_a_value_is_logged_and_the_caller_still_gets_its_outcome()
    {
        var (logger, cluster) = (new RecordingLogger(), new NoMemory());
        await using var handler = new RemoteHandler(new HandlerOptions { MaxPayloadBytes = 1 << 20 }, cluster, logger, time);
        var outcome = handler.RunAsync(static () => 1);
        cluster.Reply.SetResult((await Ended) with { Rest = 2 << 20 });
        Assert.Contains("MaxPayloadBytes", Assert.IsType<JobFailed>((await time.For(outcome)).Failure).Message);
        await Wait.Until(() => logger.Lines.Any(static line => line.Id == 1314), "the failure to be logged");
    }

    [Fact]
    public async Task A_call_is_lost_if_no_node_can_be_asked_about_it_for_half_a_minute()
    {
        await using var handler = new RemoteHandler(new HandlerOptions(), new Unreachable(), NullLogger.Instance, time);
        var start = time.GetTimestamp();
        var outcome = await time.For(handler.RunAsync(static () => 1, new JobLimits { Timeout = TimeSpan.FromHours(1) }));
        Assert.Contains("could be reached for too long", Assert.IsType<JobLost>(outcome.Failure).Message);
        Assert.InRange(time.GetElapsedTime(start), NodeTimings.FindTimeout, NodeTimings.FindTimeout + TimeSpan.FromSeconds(1));
    }

    /// <summary>A caller is promised an outcome 5 s after the time to admit its job.</summary>
    private void AssertEndsInTime(JobOptions limits, long start)
        => Assert.InRange(time.GetElapsedTime(start), TimeSpan.Zero, limits.PoolTimeout + limits.Wait + TimeSpan.FromSeconds(5));

    private static Task<CallReply> Unsent => Task.FromException<CallReply>(new IOException("There is no gateway."));

    private static Task<CallReply> NoReply => Task.FromException<CallReply>(new TimeoutException());

    private static Task<CallReply> Ended
        => Task.FromResult(
            new CallReply(CallState.Ended, new NodeId("node"), null, EncodedOutcome.Of(new JobExited(3, null, "of itself"))));

    /// <summary>
    /// A cluster that replies to each submitted call with the next of the replies, repeats the last one forever, and finds no call.
    /// </summary>
    private sealed class Gateways(Task<CallReply>[] replies, FindReply? found = null) : OneJob
    {
        public List<CallId> Sent { get; } = [];

        public List<bool> Refusals { get; } = [];

        public override Task<CallReply> SubmitAsync(JobRequest request)
        {
            lock (Sent)
            {
                Sent.Add(request.Call);
                return replies[Math.Min(Sent.Count, replies.Length) - 1];
            }
        }

        public override Task<FindReply> FindAsync(CallId call, bool refuse)
        {
            Refusals.Add(refuse);
            return Task.FromResult(found!);
        }

        public override Task StopAsync(CallId call, StopRequest stop) => Task.FromException(new IOException("There is no gateway."));
    }

    /// <summary>A cluster with a slow node: submitted calls get no reply.</summary>
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

    /// <summary>A cluster that cannot be reached after the call was sent.</summary>
    private sealed class Unreachable : OneJob
    {
        public override Task<CallReply> SubmitAsync(JobRequest request) => NoReply;

        public override Task<FindReply> FindAsync(CallId call, bool refuse) => Task.FromException<FindReply>(new TimeoutException());
    }

    /// <summary>A cluster whose replies leave no memory, except for the reply to the call.</summary>
    private sealed class NoMemory : OneJob
    {
        public TaskCompletionSource<CallReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Task<CallReply> SubmitAsync(JobRequest request) => Reply.Task;

        public override Task StopAsync(CallId call, StopRequest stop) => throw new OutOfMemoryException();

        public override Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset)
            => Task.FromException<ValuePart>(new OutOfMemoryException());
    }

    private sealed class UnreadableException() : Exception(OtherVersion.Reason), IUnreadableReply;

    /// <summary>A cluster whose replies this version cannot read.</summary>
    private sealed class OtherVersion : OneJob
    {
        public const string Reason = "the kind 99 is not known";

        public override Task<CallReply> SubmitAsync(JobRequest request) => Task.FromException<CallReply>(new UnreadableException());
    }

    /// <summary>A cluster that supports only what the calls of one job need.</summary>
    private abstract class OneJob : ICluster
    {
        public abstract Task<CallReply> SubmitAsync(JobRequest request);

        public bool HasNotLeft(Exception failure) => failure is IOException;

        public Task<CallReply> WatchAsync(NodeId node, CallId call) => throw new NotSupportedException();

        public virtual Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset) => throw new NotSupportedException();

        public virtual Task<FindReply> FindAsync(CallId call, bool refuse) => throw new NotSupportedException();

        public virtual Task StopAsync(CallId call, StopRequest stop) => throw new NotSupportedException();

        public Task DetachAsync(NodeId node, CallId call) => throw new NotSupportedException();

        public Task<int> KillAsync(string pool, KillTarget target, string reason, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public Task<PoolSnapshot?> GetSnapshotAsync(string pool, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<VersionedPool?> GetPoolAsync(string pool, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PoolChange> SetPoolAsync(
            string pool,
            PoolConfiguration configuration,
            long? version,
            CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public Task<bool> RemovePoolAsync(string pool, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
