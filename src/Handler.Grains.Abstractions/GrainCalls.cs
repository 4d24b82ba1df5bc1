namespace Handler.Grains;

/// <summary>
/// How long clients wait for an answer of a grain before they ask again. A call that a gateway has passed on to a silo that then dies is never answered, and
/// Orleans tells the client only when its response timeout has passed, 30 s by default. As text for attributes.
/// </summary>
internal static class GrainCalls
{
    public const string Timeout = "00:00:02";

    /// <summary>A kill asks all nodes, and is more patient than this with those that are silent: asked again it goes on with the same kill.</summary>
    public const string KillTimeout = "00:00:05";

    /// <summary>A change of pools writes to storage and waits for pools that recover.</summary>
    public const string ChangeTimeout = "00:00:05";
}
