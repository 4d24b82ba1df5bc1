using Handler.Pools;

namespace Handler.Cluster;

/// <summary>A call that a client follows at one node.</summary>
/// <param name="node">The node.</param>
internal sealed class FollowedCall(NodeId node)
{
    private TaskCompletionSource<CallReply>? listener;
    private CallReply? news;

    /// <summary>Whether the node has no more to tell.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether there is news that its caller has not asked for yet.</summary>
    public bool HasNews => news is not null;

    /// <summary>Returns the news, or waits for it. Only one caller waits at a time.</summary>
    public Task<CallReply> NextAsync()
    {
        if (news is { } present)
        {
            news = null;
            return Task.FromResult(present);
        }

        listener ??= new TaskCompletionSource<CallReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        return listener.Task;
    }

    /// <summary>Tells a caller the first news.</summary>
    public void TellNext(TaskCompletionSource<CallReply> caller) => listener = caller;

    /// <summary>Takes the caller that waits for news.</summary>
    /// <returns>The caller to tell; <see langword="null"/> if none is waiting.</returns>
    public TaskCompletionSource<CallReply>? Tell(CallReply reply)
    {
        IsOver = IsLast(reply);
        var waiting = listener;
        listener = null;
        if (waiting is null)
            news = reply;
        return waiting;
    }

    /// <summary>The caller that waits for news; <see langword="null"/> if there is none.</summary>
    public TaskCompletionSource<CallReply>? Listener => listener;

    /// <summary>Whether this node has no more to tell. If another node has the call, that one does.</summary>
    private bool IsLast(CallReply reply) => reply.State is CallState.Ended or CallState.Unknown || reply.Node != node;
}
