namespace Handler.Cluster;

/// <summary>
/// What a client sends to a node in one message: all that its callers have asked for since the last one. The reply carries what there is to
/// tell about the client's calls, and comes after <see cref="NodeTimings.LongPoll"/> at the latest.
/// </summary>
internal sealed record SessionMessage
{
    /// <summary>The session: a random number for each client and node.</summary>
    public required ulong Session { get; init; }

    /// <summary>Jobs to run.</summary>
    public IReadOnlyList<JobRequest> Jobs { get; init; } = [];

    /// <summary>Calls that the node has already, and that the client follows there from now on.</summary>
    public IReadOnlyList<CallId> Followed { get; init; } = [];

    /// <summary>Numbers the messages of a session, from 1.</summary>
    public required ulong Number { get; init; }

    /// <summary>The earlier messages whose replies the client still waits for.</summary>
    public IReadOnlyList<ulong> Open { get; init; } = [];

    /// <summary>
    /// Earlier messages whose replies the client no longer waits for: the news in them, if there were any, go into other replies. They are
    /// repeated until a message that names them has its reply. The client has the replies to all other earlier messages.
    /// </summary>
    public IReadOnlyList<ulong> GivenUp { get; init; } = [];

    /// <summary>Whether the client only asks if the node replies: the reply comes immediately.</summary>
    public bool IsProbe { get; init; }

    /// <summary>The version of the list of nodes that the client has.</summary>
    public long NodesVersion { get; init; }
}
