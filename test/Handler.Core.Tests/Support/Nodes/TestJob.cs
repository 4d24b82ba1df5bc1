using Handler.Functions;
using Handler.Nodes;
using Handler.Pools;

namespace Handler.Tests;

/// <summary>A job without a function and without a caller. It records how it ended.</summary>
internal sealed class TestJob(
    long attempt,
    int priority = 0,
    string? pool = null,
    int bytes = 0,
    bool isQuick = true,
    JobOptions? options = null,
    OutcomeThread? outcomes = null,
    int weight = 1,
    string? profile = null)
    : Job(
            attempt,
            new EncodedFunction(new byte[bytes], RunTimesOf(isQuick)),
            options ?? new JobOptions { Priority = priority },
            0,
            outcomes),
        ILeaseRunner
{
    private readonly TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The one pool that has admitted it.</summary>
    public override PoolChain? Chain { get; }
        = pool is null ? null : new PoolChain(pool, 1, 0, null) { Weight = weight, OwnProfile = profile };

    public override bool HasPlace => IsCounted;

    /// <summary>Whether its place on the node was counted before it is submitted.</summary>
    public bool IsCounted { get; init; }

    /// <summary>The outcome that was set, unless it is a value.</summary>
    public JobFailure? Failure { get; private set; }

    /// <summary>The bytes of the value that was set; <see langword="null"/> if none was.</summary>
    public byte[]? Value { get; private set; }

    /// <summary>The usage that was set with the outcome.</summary>
    public JobUsage? Usage { get; private set; }

    /// <summary>The output that was set with the outcome.</summary>
    public JobOutput? Output { get; private set; }

    /// <summary>Whether a value of it is read on its worker's thread.</summary>
    public bool IsQuickValue { get; init; } = true;

    /// <summary>The name of the thread that completed it; <see langword="null"/> before, and on a thread without a name.</summary>
    public string? CompletedOn { get; private set; }

    /// <summary>Called when it is completed.</summary>
    public Action WhenCompleted { get; init; } = static () => { };

    public Task Completed => completed.Task;

    public override bool IsQuickToRead(int length) => IsQuickValue;

    public override void SetValue(ReadOnlySpan<byte> result, JobUsage usage, JobOutput? output)
        => (Value, Usage, Output) = (result.ToArray(), usage, output);

    public override void SetFailure(JobFailure failure, JobUsage? usage, JobOutput? output)
        => (Failure, Usage, Output) = (failure, usage, output);

    protected internal override void Complete()
    {
        CompletedOn = Thread.CurrentThread.Name;
        WhenCompleted();
        completed.SetResult();
    }

    private static FunctionRunTimes RunTimesOf(bool isQuick)
    {
        var runTimes = new FunctionRunTimes();
        if (isQuick)
            runTimes.Note(0);
        return runTimes;
    }
}
