namespace Handler.Pools;

/// <summary>Identifies one life of a node. A node that restarts gets another id, so a verdict of death is final.</summary>
internal readonly record struct NodeId(string Value)
{
    public override string ToString() => Value;
}
