using Handler.FairShare;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>Pools as one process reaches them.</summary>
internal sealed class SimPoolDirectory(Cluster cluster, SimProcess from) : IPoolDirectory
{
    public IPoolPeer? Find(string pool) => cluster.Pools.Exists(pool) ? new Peer(cluster, from, pool) : null;

    public ILocalActor? FindLocal(string pool) => cluster.Pools.FindColocated(from, pool)?.Actor;

    private sealed class Peer(Cluster cluster, SimProcess from, string pool) : IPoolPeer
    {
        public ILocalActor? LocalActor => cluster.Pools.FindColocated(from, pool)?.Actor;

        public ValueTask<AcquireReply> AcquireAsync(in AcquireRequest request)
        {
            var copy = request;
            cluster.Monitor.Asked(copy);
            var wait = copy.Wait.TotalMilliseconds;
            return Call(
                $"acquire {copy.Job} from {pool} for {copy.Node}, {copy.Bytes} bytes, route {copy.Route:x}, wait {wait:0}",
                activation => AcquireAsync(activation, copy));
        }

        public ValueTask<AcquireReply[]> AcquireManyAsync(AcquireRequest[] requests)
        {
            Array.ForEach(requests, request => cluster.Monitor.Asked(request));
            return Call($"acquire from {pool}: {string.Join(", ", requests.Select(request => request.Job))}", activation =>
            {
                foreach (var request in requests)
                    cluster.Monitor.Asks(pool, request.From);
                return activation.AcquireManyAsync(requests);
            });
        }

        public ValueTask<ReleaseReply> ReleaseAsync(in ReleaseRequest request)
        {
            var copy = request;
            return Call($"release {copy.Job} to {pool}, route {copy.Route:x}, {copy.Outcome}", activation =>
                NoteAsync(activation.ReleaseAsync(copy), copy));
        }

        public ValueTask<ReleaseReply[]> ReleaseManyAsync(ReleaseRequest[] requests)
            => Call($"release to {pool}: {string.Join(", ", requests.Select(request => request.Job))}", activation =>
                NoteAsync(activation.ReleaseManyAsync(requests), requests));

        public ValueTask<JobRejected?> CheckFeasibilityAsync(PoolPath? from, long bytes, int depth)
            => Call($"whether {bytes} bytes ever fit in {pool}", activation => activation.CheckFeasibilityAsync(from, bytes, depth));

        /// <summary>What a pool is guaranteed must not be refused to it.</summary>
        private ValueTask<AcquireReply> AcquireAsync(PoolActivation activation, in AcquireRequest request)
        {
            cluster.Monitor.Asks(pool, request.From);
            var isOwed = GuaranteeWatch.IsOwed(activation.Actor, request);
            var reply = activation.AcquireAsync(request);
            if (isOwed && reply is { IsCompletedSuccessfully: true, Result: { Admitted: false, Reject: var reject } }
                && reject.Pool == pool
                && reject.Reason is RejectReason.NoWorkersAvailable or RejectReason.InsufficientMemory)
                cluster.World.Violate($"{request.Job} is guaranteed what it asks for, and rejected: {reject}");
            return reply;
        }

        private ValueTask<ReleaseReply> NoteAsync(ValueTask<ReleaseReply> call, ReleaseRequest request)
        {
            return call.IsCompletedSuccessfully ? ValueTask.FromResult(Note(call.Result, request)) : ListenAsync();

            async ValueTask<ReleaseReply> ListenAsync() => Note(await call, request);
        }

        private async ValueTask<ReleaseReply[]> NoteAsync(ValueTask<ReleaseReply[]> call, ReleaseRequest[] requests)
        {
            var replies = await call;
            return [.. replies.Zip(requests, Note)];
        }

        private ReleaseReply Note(ReleaseReply reply, ReleaseRequest request)
        {
            if (reply == ReleaseReply.NoSuchPool)
                cluster.Monitor.Denied(pool, request.Job);
            return reply;
        }

        private ValueTask<T> Call<T>(FormattableString what, Func<PoolActivation, ValueTask<T>> handle)
            => cluster.Pools.FindColocated(from, pool) is { } local
                ? CallDirectly(local, what, handle)
                : new(cluster.Network.CallAsync(from, () => cluster.Pools.Route(pool, from).Receive(handle), null, what));

        private ValueTask<T> CallDirectly<T>(Activation local, FormattableString what, Func<PoolActivation, ValueTask<T>> handle)
        {
            cluster.World.Trace($"{from.Name} calls {local.Name} directly: {what}");
            try
            {
                var reply = handle(local.Pool);
                return reply.IsCompletedSuccessfully ? reply : ListenAsync(local, reply);
            }
            catch (Exception exception)
            {
                cluster.World.ViolateIfError(local.Name, exception);
                throw;
            }
        }

        private async ValueTask<T> ListenAsync<T>(Activation local, ValueTask<T> reply)
        {
            try
            {
                return await reply;
            }
            catch (Exception exception)
            {
                cluster.World.ViolateIfError(local.Name, exception);
                throw;
            }
        }
    }
}
