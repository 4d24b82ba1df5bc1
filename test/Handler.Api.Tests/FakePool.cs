namespace Application.Tests;

/// <summary>A pool with room for a number of jobs, which a test lets end.</summary>
internal sealed class FakePool(int room) : IPool
{
    private readonly List<JobId> running = [];

    public string Name => "fake";

    /// <summary>Runs its jobs.</summary>
    public FakeRunner Runner { get; } = new();

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => Runner.RunAsync(function, limits, cancellationToken);

    public Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        if (running.Count == room)
        {
            var reject = new JobRejected(Name, RejectReason.NoWorkersAvailable, 1, running.Count, room);
            return Task.FromResult(new JobStart<T>(null, reject));
        }

        var id = new JobId(1, (ulong)running.Count + 1);
        running.Add(id);
        return Task.FromResult(new JobStart<T>(new FakeHandle<T>(id, this, RunAsync(function, limits, cancellationToken)), null));
    }

    public Task<int> KillAsync(string name, string? reason = null, CancellationToken cancellationToken = default) => Task.FromResult(0);

    public Task<bool> KillAsync(JobId job, string? reason = null, CancellationToken cancellationToken = default)
        => Task.FromResult(running.Remove(job));

    public Task<int> KillAllAsync(string? reason = null, CancellationToken cancellationToken = default)
        => Task.FromResult(running.RemoveAll(static _ => true));

    public Task<PoolSnapshot> GetSnapshotAsync(CancellationToken cancellationToken = default)
        => Task.FromException<PoolSnapshot>(new KeyNotFoundException());
}
