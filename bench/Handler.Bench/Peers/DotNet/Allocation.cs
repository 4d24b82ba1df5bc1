namespace Handler.Bench.Peers.DotNet;

/// <summary>What a job allocates 1 GiB of.</summary>
internal enum Allocation
{
    /// <summary>Many small objects of the runtime's heap.</summary>
    Objects,

    /// <summary>One buffer outside the runtime's heap.</summary>
    Buffer,
}
