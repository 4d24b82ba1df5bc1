namespace Handler.Cluster;

/// <summary>How far a call has progressed.</summary>
internal enum CallState : byte
{
    /// <summary>The node does not know it. Where the request asked for that, the node will refuse it should it still arrive.</summary>
    Unknown = 1,

    /// <summary>Its pool has not admitted it yet.</summary>
    Asking = 2,

    /// <summary>It was admitted: it runs, or waits for a worker.</summary>
    Admitted = 3,

    Ended = 4,
}
