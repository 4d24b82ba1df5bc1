using System.Collections.Concurrent;
using System.Security.Cryptography;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>The sessions of a client: one with each node. Jobs go to the nodes in turn.</summary>
internal sealed class ClientSessions(ISessionLink link, BackgroundWork background, TimeProvider time)
{
    private readonly ISessionLink link = link;
    private readonly BackgroundWork background = background;
    private readonly TimeProvider time = time;
    private readonly ConcurrentDictionary<NodeId, ClientSession> sessions = new();
    private readonly Lock gate = new();
    private volatile KnownNodes nodes = new(0, []);
    private Task? asking;
    private uint next = (uint)Random.Shared.Next();

    /// <summary>Sends a job to a node. Completes with its first news.</summary>
    public Task<CallReply> SubmitAsync(JobRequest request)
        => Next() is { } session ? session.SubmitAsync(request) : SubmitToFirstAsync(request);

    /// <summary>Completes with the next news of a call that a node has.</summary>
    public Task<CallReply> WatchAsync(NodeId node, CallId call) => With(node).WatchAsync(call);

    /// <summary>The version of the list of nodes.</summary>
    public long NodesVersion => nodes.Version;

    /// <summary>Takes a list of nodes, and forgets sessions with others.</summary>
    /// <param name="news">The list; <see langword="null"/> if there is no news.</param>
    /// <param name="isAnswer">Whether this was asked for. Otherwise an older list is ignored, because replies may overtake each
    /// other.</param>
    public void Learn(KnownNodes? news, bool isAnswer = false)
    {
        if (news is null || (!isAnswer && news.Version <= nodes.Version))
            return;
        nodes = news;
        foreach (var (node, session) in sessions)
        {
            if (session.IsIdle && !news.Nodes.Contains(node))
                sessions.TryRemove(node, out _);
        }
    }

    private async Task<CallReply> SubmitToFirstAsync(JobRequest request)
    {
        try
        {
            await AskForNodesAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or IUnreadableReply))
        {
            throw new NoNodeException(exception);
        }

        return await (Next() ?? throw new NoNodeException()).SubmitAsync(request).ConfigureAwait(false);
    }

    /// <summary>Asks any node which nodes there are. Callers that ask at the same time share the question.</summary>
    private Task AskForNodesAsync()
    {
        lock (gate)
            return asking is { IsCompleted: false } ? asking : asking = AskAsync();

        async Task AskAsync() => Learn(await link.GetNodesAsync().ConfigureAwait(false), isAnswer: true);
    }

    /// <summary>The session with the next node that takes jobs and replies.</summary>
    private ClientSession? Next()
    {
        var known = nodes.Nodes;
        for (var i = 0; i < known.Count; i++)
        {
            var session = With(known[(int)(Interlocked.Increment(ref next) % (uint)known.Count)]);
            if (!session.IsSilent)
                return session;
            session.Probe();
        }

        return null; // the first one to reply tells which nodes there are now
    }

    private ClientSession With(NodeId node) => sessions.GetOrAdd(
        node, static (node, owner) => new ClientSession(node, NewId(), owner.link, owner, owner.background, owner.time), this);

    private static ulong NewId() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
