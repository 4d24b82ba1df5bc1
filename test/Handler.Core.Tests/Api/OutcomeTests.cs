using Handler.Verdicts;

namespace Handler.Tests.Api;

/// <summary>The closed set of outcomes: the message of each, and the exception that each throws if a value was expected.</summary>
public sealed class OutcomeTests
{
    private static readonly JobUsage Usage = new() { WorkerPid = 42 };

    [Fact]
    public void Completed_has_its_value()
    {
        Outcome<int> outcome = new Completed<int>(2);
        Assert.True(outcome.IsCompleted);
        Assert.True(outcome.TryGetValue(out var value));
        Assert.Equal(2, value);
        Assert.Equal(2, outcome.GetValueOrThrow());
        Assert.Equal("Completed", outcome.Message);
    }

    [Fact]
    public void Failed_says_and_throws_the_functions_exception()
    {
        Outcome<int> outcome = new Failed<int>("System.ArgumentException", "no", "System.ArgumentException: no\n   at X()") { Usage = Usage };
        Assert.Equal("System.ArgumentException: no", outcome.Message);
        Assert.False(outcome.TryGetValue(out _));
        var exception = Assert.Throws<JobFailedException>(() => outcome.GetValueOrThrow());
        Assert.Equal(("System.ArgumentException", "System.ArgumentException: no\n   at X()"), (exception.ExceptionType, exception.ExceptionText));
        Assert.Same(Usage, exception.Usage);
    }

    [Theory]
    [InlineData(10, "Took more than 10ms to complete")]
    [InlineData(0.5, "Took more than 0.5ms to complete")]
    [InlineData(60_000, "Took more than 60000ms to complete")]
    public void TimedOut_says_the_limit_as_the_original_did(double milliseconds, string message)
    {
        Outcome<int> outcome = new TimedOut<int>(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromSeconds(61));
        Assert.Equal(message, outcome.Message);
        var exception = Assert.Throws<JobTimeoutException>(() => outcome.GetValueOrThrow());
        Assert.Equal(message, exception.Message);
        Assert.Equal((TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromSeconds(61)), (exception.Limit, exception.Elapsed));
    }

    [Fact]
    public void OutOfMemory_says_the_limit_as_the_original_did()
    {
        Outcome<int> outcome = new OutOfMemory<int>(4096, 40_056, MemoryLimitSource.ManagedHeap);
        Assert.Equal("Process tried to use more than 4096 bytes of memory", outcome.Message);
        var exception = Assert.Throws<JobOutOfMemoryException>(() => outcome.GetValueOrThrow());
        Assert.Equal((4096, 40_056, MemoryLimitSource.ManagedHeap), (exception.LimitBytes, exception.PeakBytes, exception.LimitSource));
    }

    [Theory]
    [InlineData(3, null, null, "Process exited with code 3")]
    [InlineData(null, 9, "killed from outside", "Process exited with signal 9 (SIGKILL): killed from outside")]
    [InlineData(null, 11, null, "Process exited with signal 11 (SIGSEGV)")]
    [InlineData(null, 35, null, "Process exited with signal 35 (signal 35)")]
    [InlineData(null, null, null, "Process exited with unknown status")]
    public void Exited_says_code_or_signal_and_reason(int? code, int? signal, string? reason, string message)
    {
        Outcome<int> outcome = new Exited<int>(code, signal, reason);
        Assert.Equal(message, outcome.Message);
        var exception = Assert.Throws<JobExitedException>(() => outcome.GetValueOrThrow());
        Assert.Equal((code, signal), (exception.ExitCode, exception.Signal));
    }

    [Fact]
    public void A_reject_names_a_long_pool_by_its_beginning_and_its_length()
    {
        var outcome = new Rejected<int>(new string('p', 100_000), RejectReason.NoSuchPool, 1, 0, 0);
        Assert.Equal($"No Pools Available (pool {new string('p', 100)}… (100000 characters): requested 1, used 0, limit 0)", outcome.Message);
        Assert.Equal(100_000, outcome.Pool.Length);
    }

    [Fact]
    public void Killed_because_the_caller_cancelled_is_what_callers_expect_of_cancellation()
        => Assert.Throws<OperationCanceledException>(() => new Killed<int>(KillCause.CallerCancelled, "cancelled").GetValueOrThrow());

    [Theory]
    [InlineData(KillCause.UserKilled)]
    [InlineData(KillCause.Shutdown)]
    public void Killed_for_another_reason_throws_the_reason(KillCause cause)
    {
        var exception = Assert.Throws<JobKilledException>(() => new Killed<int>(cause, "why").GetValueOrThrow());
        Assert.Equal((cause, "why"), (exception.Cause, exception.Message));
    }

    [Fact]
    public void Lost_says_what_was_lost()
        => Assert.Equal("the node went away", Assert.Throws<JobLostException>(() => new Lost<int>("the node went away").GetValueOrThrow()).Message);

    [Theory]
    [InlineData(RejectReason.NoWorkersAvailable, "No workers available")]
    [InlineData(RejectReason.InsufficientMemory, "Not enough memory available")]
    [InlineData(RejectReason.PoolTimeout, "Could not reach pool within 4ms")]
    [InlineData(RejectReason.NoSuchPool, "No Pools Available")]
    [InlineData(RejectReason.QueueFull, "The queue is full: 4 of 4 jobs are waiting")]
    public void Rejected_names_pool_reason_and_numbers(RejectReason reason, string message)
    {
        Outcome<int> outcome = new Rejected<int>("small", reason, 1, 4, 4);
        Assert.Equal($"{message} (pool small: requested 1, used 4, limit 4)", outcome.Message);
        var exception = Assert.Throws<JobRejectedException>(() => outcome.GetValueOrThrow());
        Assert.Equal(("small", reason), (exception.Pool, exception.Reason));
        Assert.Null(exception.Usage);
    }

    [Fact]
    public void Rejected_because_others_wait_says_so_behind_the_usual_words()
        => Assert.Equal(
            "Not enough memory available: others wait ahead (pool small: requested 1, used 14, of which 8 are kept for the first of 2 that wait, limit 10)",
            new Rejected<int>("small", RejectReason.InsufficientMemory, 1, 14, 10) { Waiting = 2, Kept = 8 }.Message);

    [Fact]
    public void Every_kind_of_verdict_becomes_the_outcome_of_its_name()
    {
        Verdict[] verdicts =
        [
            new Verdict.Failed("T", "m", "t"),
            new Verdict.TimedOut(TimeSpan.Zero, TimeSpan.Zero),
            new Verdict.OutOfMemory(1, 2, MemoryLimitSource.Watchdog),
            new Verdict.Exited(1, null, null),
            new Verdict.Killed(KillCause.UserKilled, "why"),
            new Verdict.Lost("what"),
            new Verdict.Rejected("pool", RejectReason.QueueFull, 1, 2, 3),
        ];
        var output = new JobOutput("out", "err", false);
        foreach (var verdict in verdicts)
        {
            var outcome = verdict.ToOutcome<string>(Usage, output);
            Assert.Equal(verdict.GetType().Name + "`1", outcome.GetType().Name);
            Assert.Same(Usage, outcome.Usage);
            Assert.Same(output, outcome.Output);
        }

        // An outcome that no test above covers is missing here, too.
        var family = typeof(Verdict).GetNestedTypes().Count(each => each.BaseType == typeof(Verdict));
        Assert.Equal(family, verdicts.Length);
    }
}
