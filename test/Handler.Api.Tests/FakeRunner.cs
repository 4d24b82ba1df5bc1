namespace Application.Tests;

/// <summary>Runs functions in this process, as an application's unit tests may want it.</summary>
internal sealed class FakeRunner : IJobRunner
{
    /// <summary>The registered functions by name.</summary>
    public Dictionary<string, Func<object?, object?>> Registered { get; } = [];

    /// <summary>What the next jobs end with instead.</summary>
    public Queue<JobFailure> Failures { get; } = [];

    /// <summary>The limits of the jobs so far.</summary>
    public List<JobLimits?> Limits { get; } = [];

    public async Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        Limits.Add(limits);
        if (Failures.TryDequeue(out var failure))
            return JobOutcome.FromFailure<T>(failure);
        return JobOutcome.FromValue(await CallAsync(function, cancellationToken));
    }

    private async Task<T> CallAsync<T>(JobFunction<T> function, CancellationToken cancellationToken)
    {
        switch (function.Delegate)
        {
            case null:
                return Registered[function.Name!](function.Argument) is T value ? value : default!;
            case Func<Task<T>> call:
                return await call();
            case Func<T> call:
                return call();
            case Func<CancellationToken, T> call:
                return call(cancellationToken);
            case Action call:
                call();
                return default!;
            case Func<Task> call:
                await call();
                return default!;
            default:
                throw new NotSupportedException($"The fake does not call {function.Delegate.GetType()}.");
        }
    }
}
