namespace Handler.Pools;

/// <summary>What a node has seen of one pool.</summary>
internal sealed class SeenPool
{
    /// <summary>The newest epoch; 0 if none was seen.</summary>
    public long Epoch { get; set; }

    /// <summary>Whether the epoch was read from storage.</summary>
    public bool IsLearned { get; set; }
}
