namespace Handler.Pools;

/// <summary>Names one life of a node: a node that restarts comes back under another id, so a verdict of death is final.</summary>
internal readonly record struct NodeId(string Value)
{
    public override string ToString() => Value;
}
