namespace Handler.Pools;

/// <summary>The phases of an activation, in the order in which they may follow each other.</summary>
internal enum PoolPhase
{
    Recovering,
    Ready,

    /// <summary>Another activation will take over.</summary>
    Leaving,

    /// <summary>Another activation has taken over.</summary>
    Superseded,

    /// <summary>The pool does not exist.</summary>
    Removed,
}
