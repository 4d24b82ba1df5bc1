namespace Handler;

/// <summary>The handle of a job that Handler started.</summary>
internal sealed class StartedJob<T>(JobId id, IPool pool, Task<JobOutcome<T>> outcome, IJobOwner owner) : JobHandle<T>(id, outcome)
{
    public override Task<bool> KillAsync(string? reason, CancellationToken cancellationToken)
        => pool.KillAsync(Id, reason, cancellationToken);

    public override void Detach() => owner.Detach();

    public override ValueTask DisposeAsync() => owner.Abandon() ? new ValueTask(Outcome) : ValueTask.CompletedTask;
}
