namespace Application.Tests;

/// <summary>An application can construct every outcome, with or without a value.</summary>
public sealed class OutcomeTests
{
    /// <summary>A failure of each type.</summary>
    public static JobFailure[] AllFailures { get; } =
    [
        new JobFailed("type", "message", "text") { Hardening = "DenyProcesses" },
        new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
        new JobOutOfMemory(1, 2, MemoryLimitSource.ControlGroup) { IsDefaultLimit = true },
        new JobLimitExceeded(CountedLimit.MaxProcesses, 1, 2, LimitEnforcer.Watchdog),
        new JobExited(null, 9, "reason"),
        new JobKilled(KillCause.UserKilled, "reason"),
        new JobLost("reason"),
        new JobRejected("pool", RejectReason.InsufficientMemory, 1, 2, 3) { Waiting = 4, Kept = 5, Detail = "detail" },
    ];

    public static TheoryData<JobFailure> Failures => [.. AllFailures];

    [Theory]
    [MemberData(nameof(Failures))]
    public void Every_failure_makes_an_outcome_that_throws(JobFailure failure)
    {
        var usage = new JobUsage { WorkerPid = 42 };
        var outcome = JobOutcome.FromFailure<int>(failure) with { Usage = usage, Output = new JobOutput("out", "err", false) };
        Assert.Equal((failure, failure.Kind, usage, "out"), (outcome.Failure, outcome.Kind, outcome.Usage, outcome.Output.StandardOutput));
        Assert.Same(failure, Assert.ThrowsAny<JobException>(() => outcome.GetValueOrThrow()).Failure);
        Assert.Equal(new JobOutcome(failure), new JobOutcome(failure));
        Assert.Throws<ArgumentNullException>(() => JobOutcome.FromFailure<int>(null!));
    }

    [Fact]
    public void Every_kind_but_the_first_is_one_of_a_failure()
        => Assert.Equal(
            Enum.GetValues<JobOutcomeKind>().Order().Skip(1),
            AllFailures.Select(static failure => failure.Kind).Order());

    [Fact]
    public void A_value_may_be_null_or_itself_a_failure()
    {
        Assert.Null(JobOutcome.FromValue<string?>(null).GetValueOrThrow());
        var lost = new JobLost("reason");
        Assert.Same(lost, JobOutcome.FromValue<object>(lost).GetValueOrThrow());
        Assert.Same(lost, JobOutcome.FromValue<JobFailure>(lost).GetValueOrThrow());
        Assert.Same(lost, JobOutcome.FromFailure<object>(lost).Failure);
        Assert.Equal(42, JobOutcome.FromValue(42).GetValueOrThrow());
    }
}
