using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>A waiting request that records what it is told.</summary>
internal sealed class TestWaiter(in AcquireRequest request) : Waiter(request, 0)
{
    /// <summary>Whether its time is up, so that it can no longer be told anything.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether it got its share; <see langword="null"/> while it waits.</summary>
    public bool? HasShare { get; private set; }

    public override bool TryEndWaiting(bool hasShare)
    {
        if (IsOver || HasShare is not null)
            return false;
        HasShare = hasShare;
        return true;
    }
}
