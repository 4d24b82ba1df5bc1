namespace Handler;

/// <summary>The handle of an action, made of the handle of a function without a value.</summary>
internal sealed class StartedAction(JobHandle<NoValue> job) : JobHandle(job.Id, ActionCompletion.WithoutValue(job.Outcome))
{
    public override Task<bool> KillAsync(string? reason, CancellationToken cancellationToken) => job.KillAsync(reason, cancellationToken);

    public override void Detach() => job.Detach();

    public override ValueTask DisposeAsync() => job.DisposeAsync();
}
