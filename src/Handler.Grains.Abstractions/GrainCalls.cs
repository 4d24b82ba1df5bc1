namespace Handler.Grains;

/// <summary>
/// How long clients wait for a grain's reply before they repeat the call. If a gateway has passed a call on to a silo that then dies, there
/// is never a reply, and Orleans tells the client only after its response timeout, 30 s by default. Strings, because attributes need them.
/// </summary>
internal static class GrainCalls
{
    public const string Timeout = "00:00:02";

    /// <summary>
    /// A kill asks all nodes, and waits longer than this for those that do not reply. A repeated call continues the same kill.
    /// </summary>
    public const string KillTimeout = "00:00:05";

    /// <summary>
    /// Longer than any pool timeout, and longer than most jobs wait for room. Callers have their own time limit, and a waiter whose call
    /// timed out would lose its place in the queue.
    /// </summary>
    public const string AcquireTimeout = "1.00:00:00";

    /// <summary>A change of a pool writes to storage and waits for pools that are recovering.</summary>
    public const string ChangeTimeout = "00:00:05";
}
