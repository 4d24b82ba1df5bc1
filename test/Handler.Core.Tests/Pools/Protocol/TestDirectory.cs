using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>Finds the pools of a test, and counts how often it was asked.</summary>
internal sealed class TestDirectory : IPoolDirectory
{
    /// <summary>The pools; <see langword="null"/> if every name is that of a pool.</summary>
    public Dictionary<string, TestPeer>? Peers { get; init; }

    public int Lookups { get; private set; }

    public IPoolPeer? Find(string pool)
    {
        Lookups++;
        return Peers is null ? new TestPeer() : Peers.GetValueOrDefault(pool);
    }

    public ILocalActor? FindLocal(string pool) => null;
}
