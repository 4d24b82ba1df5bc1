using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Tests.Verdicts;

/// <summary>One test for each row of the classifier's precedence table, then one for each pair of rows that can apply together.</summary>
public sealed class ClassifierTests
{
    private static readonly JobFailure TimedOut = new JobTimedOut(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(11));
    private static readonly JobOutOfMemory HeapReport = new(4096, 5000, MemoryLimitSource.ManagedHeap);
    private static readonly JobOutOfMemory KernelReport = new(1 << 20, 2 << 20, MemoryLimitSource.ControlGroup);
    private static readonly ExitStatus Three = new(3, null, 0);

    [Fact]
    public void The_reason_of_this_nodes_kill_is_the_outcome()
        => Assert.Same(TimedOut, Classifier.Classify(new Evidence { Kill = TimedOut }));

    [Fact]
    public void A_worker_that_exited_because_its_node_was_unresponsive_lost_its_job()
    {
        var evidence = new Evidence { NodeWasUnresponsive = true, Memory = HeapReport, Status = new ExitStatus(null, 9, 0) };
        Assert.Contains("was unresponsive", Assert.IsType<JobLost>(Classifier.Classify(evidence)).Reason);
    }

    [Fact]
    public void The_workers_own_exit_code_or_last_words_count_if_the_exit_status_is_missing()
    {
        Assert.Equal(new JobExited(4, null, null), Classifier.Classify(new Evidence { OwnExitCode = 4 }));
        Assert.Equal(new JobExited(null, 6, "stack overflow"), Classifier.Classify(new Evidence { LastWords = "Stack overflow.\n" }));
        Assert.Equal(
            new JobExited(3, null, null),
            Classifier.Classify(
                new Evidence
                {
                    Status = Three,
                    OwnExitCode = 4,
                    LastWords = "Stack overflow.\n",
                }));
    }

    [Fact]
    public void A_memory_report_of_the_worker_is_out_of_memory_with_its_source()
        => Assert.Equal(
            new JobOutOfMemory(4096, 5000, MemoryLimitSource.ManagedHeap),
            Classifier.Classify(new Evidence { Memory = HeapReport }));

    [Fact]
    public void A_report_of_too_many_processes_is_an_exceeded_limit()
    {
        var report = new JobLimitExceeded(CountedLimit.MaxProcesses, 1, 2, LimitEnforcer.Worker);
        var evidence = new Evidence { Processes = report, Status = new ExitStatus(WorkerExitCodes.Processes, null, 0) };
        Assert.Same(report, Classifier.Classify(evidence));
        Assert.Same(TimedOut, Classifier.Classify(evidence with { Kill = TimedOut }));
    }

    [Fact]
    public void A_closed_pipe_explains_the_exit_only_if_the_kill_for_it_came_first()
    {
        var kill = new JobExited(null, 9, "its responses could not be read");
        var evidence = new Evidence { ClosedPipe = kill };
        Assert.Same(kill, Classifier.Classify(evidence));
        Assert.Same(kill, Classifier.Classify(evidence with { Status = new ExitStatus(null, 9, 0) }));
        Assert.Equal(new JobExited(3, null, null), Classifier.Classify(evidence with { Status = Three }));
        Assert.Equal(11, Assert.IsType<JobExited>(Classifier.Classify(evidence with { Status = new ExitStatus(null, 11, 0) })).Signal);
        Assert.Same(HeapReport, Classifier.Classify(evidence with { Memory = HeapReport }));
        Assert.Same(KernelReport, Classifier.Classify(evidence with { ControlGroup = KernelReport, Status = new ExitStatus(null, 9, 0) }));
        Assert.Same(TimedOut, Classifier.Classify(evidence with { Kill = TimedOut }));
    }

    [Fact]
    public void The_signal_of_a_filter_is_explained_by_the_options_that_set_one()
    {
        var evidence = new Evidence { Status = new ExitStatus(null, 31, 0), Filters = "DenyNetwork, DenyProcesses" };
        var filtered = Assert.IsType<JobExited>(Classifier.Classify(evidence));
        Assert.Contains("never allows (the worker has one because of DenyNetwork, DenyProcesses)", filtered.Reason);
        var other = Assert.IsType<JobExited>(Classifier.Classify(evidence with { Filters = null }));
        Assert.DoesNotContain("because of", other.Reason);
    }

    [Fact]
    public void A_limit_on_files_explains_only_its_own_signal()
    {
        var report = new JobLimitExceeded(CountedLimit.MaxFileBytes, 1, 1, LimitEnforcer.Kernel);
        var evidence = new Evidence { FileLimit = report, Status = new ExitStatus(null, 25, 0) };
        Assert.Same(report, Classifier.Classify(evidence));
        Assert.IsType<JobExited>(Classifier.Classify(evidence with { Status = new ExitStatus(null, 9, 0) }));
        Assert.IsType<JobExited>(Classifier.Classify(evidence with { FileLimit = null }));
    }

    [Fact]
    public void A_cgroup_report_is_out_of_memory_with_the_cgroup_as_source()
        => Assert.Equal(
            new JobOutOfMemory(1 << 20, 2 << 20, MemoryLimitSource.ControlGroup),
            Classifier.Classify(new Evidence { ControlGroup = KernelReport }));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(137)]
    [InlineData(WorkerExitCodes.Memory)]
    [InlineData(WorkerExitCodes.SetupFailed)]
    [InlineData(255)]
    public void An_exit_code_is_reported_without_a_reason(int code)
        => Assert.Equal(new JobExited(code, null, null), Classifier.Classify(new Evidence { Status = new ExitStatus(code, null, 0) }));

    [Fact]
    public void The_exit_code_for_a_lost_channel_is_reported_with_an_explanation()
    {
        var verdict = Exited(new Evidence { Status = new ExitStatus(WorkerExitCodes.ChannelLost, null, 0) });
        Assert.Equal(WorkerExitCodes.ChannelLost, verdict.ExitCode);
        Assert.Contains("closes descriptors", verdict.Reason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(11)]
    [InlineData(15)]
    [InlineData(30)]
    public void A_signal_is_reported_without_a_reason(int signal)
        => Assert.Equal(new JobExited(null, signal, null), Classifier.Classify(new Evidence { Status = Signal(signal) }));

    [Fact]
    public void A_signal_of_the_filter_of_system_calls_names_what_sends_it()
        => Assert.Contains(
            "a filter of HandlerOptions.Hardening",
            Assert.IsType<JobExited>(Classifier.Classify(new Evidence { Status = Signal(31) })).Message);

    [Theory]
    [InlineData("", null)]
    [InlineData("Aborted by hand", null)]
    [InlineData("Stack overflow.\nRepeat 1000 times:\n", "stack overflow")]
    [InlineData(
        "Unhandled exception. System.InvalidOperationException: no\n   at X()",
        "unhandled exception System.InvalidOperationException: no"
    )]
    [InlineData("Process terminated. bad state\n   at Y()", "fail fast: bad state")]
    [InlineData("Process terminated.\nbad state\n   at Y()", "fail fast: bad state")]
    [InlineData("Process terminated.", "fail fast: ")]
    public void The_last_words_tell_aborts_apart(string words, string? reason)
        => Assert.Equal(new JobExited(null, 6, reason), Classifier.Classify(new Evidence { Status = Signal(6), LastWords = words }));

    [Fact]
    public void A_kill_from_outside_is_never_called_out_of_memory()
    {
        var verdict = Exited(new Evidence { Status = Signal(9) });
        Assert.EndsWith("or by a limit that the job set on itself", verdict.Reason);
        Assert.Equal(9, verdict.Signal);
        Assert.Contains("outside", verdict.Reason);
    }

    [Fact]
    public void A_job_without_any_evidence_is_lost()
        => Assert.IsType<JobLost>(Classifier.Classify(new Evidence()));

    [Fact]
    public void Our_kill_beats_every_other_fact()
        => Assert.Same(TimedOut, Classifier.Classify(new Evidence
        {
            Kill = TimedOut,
            Memory = HeapReport,
            ControlGroup = KernelReport,
            Status = Three,
            LastWords = "Stack overflow.",
        }));

    [Fact]
    public void Our_kill_beats_the_signal_that_it_sent()
        => Assert.Same(TimedOut, Classifier.Classify(new Evidence { Kill = TimedOut, Status = Signal(9) }));

    [Fact]
    public void A_memory_report_takes_precedence_over_the_exit_code_of_the_worker()
        => Assert.IsType<JobOutOfMemory>(
            Classifier.Classify(new Evidence { Memory = HeapReport, Status = new ExitStatus(WorkerExitCodes.Memory, null, 0) }));

    [Fact]
    public void A_memory_report_takes_precedence_over_a_signal()
        => Assert.IsType<JobOutOfMemory>(Classifier.Classify(new Evidence { Memory = HeapReport, Status = Signal(11) }));

    [Fact]
    public void The_workers_own_report_beats_the_report_of_the_cgroup()
        => Assert.Equal(
            MemoryLimitSource.ManagedHeap,
            Assert.IsType<JobOutOfMemory>(Classifier.Classify(new Evidence { Memory = HeapReport, ControlGroup = KernelReport })).Source);

    [Fact]
    public void A_cgroup_report_does_not_count_if_the_worker_was_not_killed()
    {
        Assert.Equal(new JobExited(3, null, null), Classifier.Classify(new Evidence { ControlGroup = KernelReport, Status = Three }));
        Assert.Equal(
            11,
            Assert.IsType<JobExited>(Classifier.Classify(new Evidence { ControlGroup = KernelReport, Status = Signal(11) })).Signal);
    }

    [Fact]
    public void The_report_of_the_cgroup_beats_the_signal_that_it_sent()
        => Assert.IsType<JobOutOfMemory>(Classifier.Classify(new Evidence { ControlGroup = KernelReport, Status = Signal(9) }));

    [Fact]
    public void Last_words_are_ignored_if_the_worker_exited_with_a_code()
        => Assert.Equal(new JobExited(3, null, null), Classifier.Classify(new Evidence { Status = Three, LastWords = "Stack overflow." }));

    [Fact]
    public void Last_words_are_ignored_for_a_signal_other_than_SIGABRT()
        => Assert.Equal(
            new JobExited(null, 11, null),
            Classifier.Classify(new Evidence { Status = Signal(11), LastWords = "Stack overflow." }));

    private static JobExited Exited(Evidence evidence) => Assert.IsType<JobExited>(Classifier.Classify(evidence));

    private static ExitStatus Signal(int signal) => new(null, signal, 0);
}
