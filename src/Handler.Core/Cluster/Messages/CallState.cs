namespace Handler.Cluster;

/// <summary>How far a call has come.</summary>
internal enum CallState : byte
{
    /// <summary>The node does not know it, and will refuse it should it still arrive.</summary>
    Unknown = 1,

    /// <summary>Its pools have not admitted it yet.</summary>
    Asking = 2,

    /// <summary>It was admitted: it runs, or waits for a worker.</summary>
    Admitted = 3,

    Ended = 4,
}
