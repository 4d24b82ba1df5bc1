namespace Application.Tests;

/// <summary>The handle of a job of a <see cref="FakePool"/>.</summary>
internal sealed class FakeHandle<T>(JobId id, FakePool pool, Task<JobOutcome<T>> outcome) : JobHandle<T>(id, outcome)
{
    public override Task<bool> KillAsync(string? reason = null, CancellationToken cancellationToken = default)
        => pool.KillAsync(Id, reason, cancellationToken);

    public override void Detach()
    {
        // A fake job has ended when it is started.
    }

    public override ValueTask DisposeAsync() => new(KillAsync());
}
