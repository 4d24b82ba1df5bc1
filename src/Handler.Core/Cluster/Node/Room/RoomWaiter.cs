using Handler.Pools;

namespace Handler.Cluster;

/// <summary>A call that waits for room on its node.</summary>
internal sealed class RoomWaiter(in AcquireRequest request) : Waiter(request, 0)
{
    private readonly TaskCompletionSource<bool> turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the waiting has ended.</summary>
    public Task Turn => turn.Task;

    /// <summary>Whether it has got room.</summary>
    public bool HasRoom => turn.Task is { IsCompleted: true, Result: true };

    public override bool TryEndWaiting(bool hasShare) => turn.TrySetResult(hasShare);
}
