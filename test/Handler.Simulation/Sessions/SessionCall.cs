using Handler.Cluster;
using Handler.Pools;

namespace Handler.Simulation;

/// <summary>A node's record of one call.</summary>
internal sealed class SessionCall(CallId id, NodeId node)
{
    private CallReply state = new(CallState.Asking, node);
    private NodeSession? session;
    private bool hasNews;

    public CallId Id => id;

    /// <summary>Whether it has ended here, or another node has it.</summary>
    public bool HasEnded => state.State == CallState.Ended || state.Node != node;

    public long EndedAt { get; private set; }

    /// <summary>When its caller was last heard of. A call that was handed over has no caller at first.</summary>
    public long HeardAt => Math.Max(FollowedAt, session?.HeardAt ?? 0);

    /// <summary>When it came here, or when a client began to follow it here.</summary>
    public required long FollowedAt { get; set; }

    public CallReply Reply() => state;

    public void TellTo(NodeSession to, long now)
    {
        (session, FollowedAt) = (to, now);
        if (hasNews)
            to.Tell(id, state);
    }

    public void Change(CallReply news, long now)
    {
        if (HasEnded)
            return;
        (state, hasNews, EndedAt) = (news, true, now);
        session?.Tell(id, news);
    }
}
