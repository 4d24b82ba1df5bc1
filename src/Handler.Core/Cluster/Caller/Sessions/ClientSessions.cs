using System.Collections.Concurrent;
using System.Security.Cryptography;
using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Cluster;

/// <summary>The sessions of a client: one with each node. Jobs go to the nodes in turn.</summary>
/// <param name="link">How messages reach the nodes.</param>
/// <param name="background">Observes the messages.</param>
/// <param name="time">Measures how long nodes are silent.</param>
/// <param name="first">Which node the first job goes to, so that not all clients begin with the same one.</param>
internal sealed class ClientSessions(ISessionLink link, BackgroundWork background, TimeProvider time, uint first)
{
    private readonly ISessionLink link = link;
    private readonly BackgroundWork background = background;
    private readonly TimeProvider time = time;
    private readonly ConcurrentDictionary<NodeId, ClientSession> sessions = new();
    private readonly Lock gate = new();
    private volatile KnownNodes nodes = new(0, []);
    private List<(JobRequest Request, TaskCompletionSource<CallReply> Caller)> held = []; // until it is known which nodes there are
    private bool isAsking;
    private uint next = first;

    /// <summary>Sends a job to a node. Completes with its first news.</summary>
    public Task<CallReply> SubmitAsync(JobRequest request)
    {
        var caller = new TaskCompletionSource<CallReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Next() is { } session)
            session.Submit(request, caller);
        else
            Hold(request, caller);
        return caller.Task;
    }

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

    private void Hold(JobRequest request, TaskCompletionSource<CallReply> caller)
    {
        lock (gate)
        {
            held.Add((request, caller));
            if (isAsking)
                return;
            isAsking = true;
        }

        background.Run("the question which nodes there are", AskForNodesAsync());
    }

    /// <summary>Asks any node which nodes there are, and sends the jobs that wait for that.</summary>
    private async Task AskForNodesAsync()
    {
        Exception? failure = null;
        try
        {
            Learn(await link.GetNodesAsync().ConfigureAwait(false), isAnswer: true);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            failure = exception;
        }

        List<(JobRequest Request, TaskCompletionSource<CallReply> Caller)> jobs;
        lock (gate)
            (jobs, held, isAsking) = (held, [], false);
        foreach (var (request, caller) in jobs)
        {
            if (failure is null && Next() is { } session)
                session.Submit(request, caller);
            else
                caller.TrySetException(failure is IUnreadableReply ? failure : new NoNodeException(failure));
        }
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
