using Handler.Cluster;
using Handler.Grains.Members;
using Handler.Grains.Nodes;
using Handler.Infrastructure;
using Handler.Pools;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Handler.Grains;

/// <summary>
/// Passes calls to this silo's node, and to the nodes of other silos. One reentrant activation for each key on a silo is enough for any
/// number of calls: it only passes them on, and the node decides how many jobs run.
/// </summary>
[StatelessWorker(maxLocalWorkers: 1)]
[Reentrant]
[KeepAlive]
internal sealed partial class WorkerGrain(SiloNode own, INodeServices nodes, Membership membership, ILogger<IHandler> logger)
    : Grain, IWorkerGrain
{
    private readonly BackgroundWork unneeded = new((work, exception) => LogUnneededFailed(logger, work, exception));

    public async Task<SessionReply> ExchangeAsync(NodeId node, SessionMessage message)
    {
        if (node != membership.Self && membership.HasLeft(node, message.NodesVersion))
            return new SessionReply(node, [], Nodes(), membership.Self, NodeIsGone: true);
        var reply = node == membership.Self
            ? await (await own.OpenedAsync()).ExchangeAsync(message)
            : await nodes[node].ExchangeAsync(message);
        var isNews = message.NodesVersion != membership.Version;
        return reply with { Gateway = membership.Self, Nodes = isNews ? Nodes() : null };
    }

    public Task<SessionReply> ExchangeByAnyAsync(NodeId node, SessionMessage message) => ExchangeAsync(node, message);

    public Task<KnownNodes> GetNodesAsync() => Task.FromResult(Nodes());

    private KnownNodes Nodes() => new(membership.Version, [.. membership.Active]);

    public async Task<ValuePart> FetchAsync(NodeId node, CallId call, int offset) => node == membership.Self
        ? (await own.StartedAsync()).Fetch(call, offset)
        : await nodes[node].FetchAsync(call, offset);

    public async Task<FindReply> FindAsync(CallId call, bool refuse)
    {
        // Ask the known nodes first: if one of them has the call, neither the membership table nor an unresponsive silo delays the reply.
        var asked = membership.Known.ToDictionary(there => there, there => nodes[there].FindAsync(call, refuse));
        await foreach (var reply in Task.WhenEach(asked.Values))
        {
            if (reply is not { IsCompletedSuccessfully: true, Result.State: not CallState.Unknown })
                continue;
            foreach (var other in asked.Values)
                unneeded.Run("a question for a call that another silo has", other);
            return new FindReply(reply.Result, membership.SinceLastDeath);
        }

        var live = await membership.GetLiveNodesAsync();
        var others = live.Where(there => !asked.TryGetValue(there, out var reply) || !reply.IsCompletedSuccessfully);
        var replies = await Task.WhenAll(others.Select(there => nodes[there].FindAsync(call, refuse)));
        return new FindReply(replies.FirstOrDefault(found => found.State != CallState.Unknown), membership.SinceLastDeath);
    }

    public Task StopAsync(CallId call, StopRequest stop)
        => Task.WhenAll(membership.Known.Select(there => nodes[there].StopAsync(call, stop)));

    public Task DetachAsync(NodeId node, CallId call) => nodes[node].DetachAsync(call);

    public Task PingAsync() => Task.CompletedTask;

    [LoggerMessage(1418, LogLevel.Debug, "A message to another silo failed whose reply was no longer needed: {Work}")]
    private static partial void LogUnneededFailed(ILogger logger, string work, Exception exception);
}
