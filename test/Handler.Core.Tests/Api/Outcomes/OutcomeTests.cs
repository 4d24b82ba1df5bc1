namespace Handler.Tests.Api;

/// <summary>The closed set of outcomes: the message of each, and the exception that each throws if a value was expected.</summary>
public sealed class OutcomeTests
{
    private static readonly JobUsage Usage = new() { WorkerPid = 42 };

    [Fact]
    public void A_completed_outcome_has_a_value()
    {
        JobOutcome<int> outcome = new(2);
        Assert.True(outcome.IsSuccess);
        Assert.True(outcome.TryGetValue(out var value));
        Assert.Equal(2, value);
        Assert.Equal(2, outcome.GetValueOrThrow());
        Assert.Equal("Completed", outcome.Message);
    }

    [Fact]
    public void A_failure_names_the_hardening_that_refuses_such_calls()
        => Assert.Equal(
            "Failed: T: m (the worker's Hardening refuses such calls: DenyProcesses)",
            (new JobFailed("T", "m", "t") { Hardening = "DenyProcesses" }).ToString());

    [Fact]
    public void A_failed_outcome_describes_the_exception_of_the_function_and_throws_JobFailedException()
    {
        JobOutcome<int> outcome = new(new JobFailed("System.ArgumentException", "no", "System.ArgumentException: no\n   at X()"))
        {
            Usage = Usage,
        };
        Assert.Equal("System.ArgumentException: no", outcome.Message);
        Assert.False(outcome.TryGetValue(out _));
        var exception = Assert.Throws<JobFailedException>(() => outcome.GetValueOrThrow());
        Assert.Equal(
            ("System.ArgumentException", "System.ArgumentException: no\n   at X()"),
            (exception.Failure.ExceptionType, exception.Failure.ExceptionText));
        Assert.Same(Usage, exception.Usage);
    }

    [Theory]
    [InlineData(10, "Took more than 10ms to complete")]
    [InlineData(0.5, "Took more than 0.5ms to complete")]
    [InlineData(60_000, "Took more than 60000ms to complete")]
    public void An_outcome_that_timed_out_names_the_limit(double milliseconds, string message)
    {
        JobOutcome<int> outcome = new(new JobTimedOut(TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromSeconds(61)));
        Assert.Equal(message, outcome.Message);
        var exception = Assert.Throws<JobTimeoutException>(() => outcome.GetValueOrThrow());
        Assert.Equal(message, exception.Message);
        Assert.Equal(
            (TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromSeconds(61)),
            (exception.Failure.Limit, exception.Failure.Elapsed));
    }

    [Fact]
    public void An_outcome_out_of_memory_names_the_limit()
    {
        JobOutcome<int> outcome = new(new JobOutOfMemory(4096, 40_056, MemoryLimitSource.ManagedHeap));
        Assert.Equal("Process tried to use more than 4096 bytes of memory (MaxHeapBytes)", outcome.Message);
        var exception = Assert.Throws<JobOutOfMemoryException>(() => outcome.GetValueOrThrow());
        Assert.Equal(
            (4096, 40_056, MemoryLimitSource.ManagedHeap),
            (exception.Failure.LimitBytes, exception.Failure.PeakBytes, exception.Failure.Source));
    }

    [Theory]
    [InlineData(3, null, null, "Process exited with code 3")]
    [InlineData(null, 9, "killed from outside", "Process exited with signal 9 (SIGKILL): killed from outside")]
    [InlineData(null, 11, null, "Process exited with signal 11 (SIGSEGV)")]
    [InlineData(null, 35, null, "Process exited with signal 35 (signal 35)")]
    [InlineData(null, null, null, "Process exited with unknown status")]
    public void An_exited_outcome_names_the_code_or_signal_and_the_reason(int? code, int? signal, string? reason, string message)
    {
        JobOutcome<int> outcome = new(new JobExited(code, signal, reason));
        Assert.Equal(message, outcome.Message);
        var exception = Assert.Throws<JobExitedException>(() => outcome.GetValueOrThrow());
        Assert.Equal((code, signal), (exception.Failure.ExitCode, exception.Failure.Signal));
    }

    [Fact]
    public void A_reject_truncates_a_long_pool_name_and_states_its_length()
    {
        var outcome = new JobRejected(new string('p', 100_000), RejectReason.NoSuchPool, 1, 0, 0);
        Assert.Equal($"There is no pool named \"{new string('p', 100)}… (100000 characters)\"", outcome.Message);
        Assert.Equal(100_000, outcome.Pool?.Length);
    }

    [Fact]
    public void An_outcome_killed_by_the_callers_cancellation_throws_OperationCanceledException()
        => Assert.Throws<OperationCanceledException>(new JobOutcome(new JobKilled(KillCause.CallerCancelled, "cancelled")).ThrowIfFailed);

    [Theory]
    [InlineData(KillCause.UserKilled)]
    [InlineData(KillCause.Shutdown)]
    public void An_outcome_killed_for_another_cause_throws_JobKilledException_with_the_reason(KillCause cause)
    {
        var exception = Assert.Throws<JobKilledException>(new JobOutcome(new JobKilled(cause, "why")).ThrowIfFailed);
        Assert.Equal((cause, "why"), (exception.Failure.Cause, exception.Message));
    }

    [Fact]
    public void A_lost_outcome_throws_JobLostException_with_what_was_lost()
        => Assert.Equal(
            "the node went away",
            Assert.Throws<JobLostException>(new JobOutcome(new JobLost("the node went away")).ThrowIfFailed).Message);

    [Theory]
    [InlineData("small", RejectReason.NoWorkersAvailable, "No workers available (pool small: requested 1, used 3, limit 4)")]
    [InlineData(null, RejectReason.NoWorkersAvailable, "No workers available (the node: requested 1, used 3, limit 4)")]
    [InlineData("small", RejectReason.InsufficientMemory, "Not enough memory available (pool small: requested 1, used 3, limit 4)")]
    [InlineData("small", RejectReason.PoolTimeout, "Could not reach pool small within 4 ms")]
    [InlineData(null, RejectReason.PoolTimeout, "Could not reach a node within 4 ms")]
    [InlineData("small", RejectReason.NoSuchPool, "There is no pool named \"small\"")]
    [InlineData("small", RejectReason.NoParentSelected, "The selector of pool small returned no parent")]
    [InlineData("small", RejectReason.SelectorFailed, "The selector of pool small failed; the log has details")]
    [InlineData("small", RejectReason.QueueFull, "The queue of pool small is full: 3 jobs are waiting, 4 may wait")]
    [InlineData(null, RejectReason.QueueFull, "The queue of the node is full: 3 jobs are waiting, 4 may wait")]
    public void A_reject_names_the_pool_or_the_node_and_the_relevant_numbers(string? pool, RejectReason reason, string message)
    {
        JobOutcome<int> outcome = new(new JobRejected(pool, reason, 1, 3, 4));
        Assert.Equal(message, outcome.Message);
        var exception = Assert.Throws<JobRejectedException>(() => outcome.GetValueOrThrow());
        Assert.Equal((pool, reason), (exception.Failure.Pool, exception.Failure.Reason));
        Assert.Null(exception.Usage);
    }

    [Fact]
    public void Every_reject_reason_has_its_own_message()
    {
        var messages = Enum.GetValues<RejectReason>().Select(static reason => new JobRejected("small", reason, 1, 3, 4).Message).ToList();
        Assert.DoesNotContain(messages, static message => Enum.GetNames<RejectReason>().Any(message.StartsWith));
        Assert.Equal(messages.Count, messages.Distinct().Count());
    }

    [Fact]
    public void A_reject_mentions_jobs_that_wait_ahead_after_the_usual_message()
        => Assert.Equal(
            "Not enough memory available: other jobs wait ahead (pool small: requested 1, used 14, limit 10; "
                + "8 of what is used are kept for one of 2 waiting jobs)",
            new JobRejected("small", RejectReason.InsufficientMemory, 1, 14, 10) { Waiting = 2, Kept = 8 }.Message);

    [Fact]
    public void A_reject_says_for_whom_room_is_kept()
        => Assert.Equal(
            "No workers available (pool all: requested 1, used 3, limit 3; "
                + "2 of what is used are kept for guarantees of pools, such as gold)",
            new JobRejected("all", RejectReason.NoWorkersAvailable, 1, 3, 3) { Kept = 2, KeptFor = "gold" }.Message);

    [Fact]
    public void A_reject_says_that_the_guarantees_of_others_never_leave_room_for_the_job()
        => Assert.Equal(
            "Not enough memory available beside the guarantees of other pools (pool all: requested 5, limit 10, of which 6 are guaranteed "
                + "to pools such as gold). The job is never admitted while these guarantees stand",
            new JobRejected("all", RejectReason.InsufficientMemory, 5, 6, 10) { Kept = 6, KeptFor = "gold" }.Message);

    [Fact]
    public void ToString_of_an_outcome_returns_its_kind_with_its_value_or_its_message()
    {
        Assert.Equal("Completed: 42", new JobOutcome<int>(42).ToString());
        Assert.Equal("Completed", new JobOutcome().ToString());
        Assert.Equal("Killed: why", new JobOutcome<int>(new JobKilled(KillCause.UserKilled, "why")).ToString());
    }

    [Fact]
    public void Each_failure_has_its_own_kind()
    {
        var kinds = Failures.Select(failure => failure.Kind).ToList();
        Assert.Equal(Enum.GetValues<JobOutcomeKind>().Except([JobOutcomeKind.Completed]).Order(), kinds.Order());
        Assert.All(Failures, failure => Assert.Equal($"Job{failure.Kind}", failure.GetType().Name));

        // No member of the family is missing here.
        Assert.Equal(typeof(JobFailure).Assembly.GetTypes().Count(type => type.BaseType == typeof(JobFailure)), Failures.Length);
    }

    public static JobFailure[] Failures =>
    [
        new JobFailed("T", "m", "t") { Hardening = "h" },
        new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)),
        new JobOutOfMemory(1, 2, MemoryLimitSource.Watchdog) { IsDefaultLimit = true },
        new JobExited(null, 9, "why"),
        new JobKilled(KillCause.UserKilled, "why"),
        new JobLost("what"),
        new JobRejected("pool", RejectReason.QueueFull, 1, 2, 3) { Waiting = 4, Kept = 5, Detail = "more" },
        new JobLimitExceeded(CountedLimit.MaxProcesses, 1, 2, LimitEnforcer.Watchdog),
    ];
}
