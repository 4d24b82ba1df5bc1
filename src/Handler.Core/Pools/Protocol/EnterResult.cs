namespace Handler.Pools;

/// <summary>The result of an attempt to enter a lease.</summary>
internal enum EnterResult
{
    Accepted,

    /// <summary>A pool of the chain has a newer activation, which does not know this lease.</summary>
    Stale,

    /// <summary>The node itself has no worker left.</summary>
    NoWorkers,

    /// <summary>The node itself has too little memory left.</summary>
    NoMemory,
}
