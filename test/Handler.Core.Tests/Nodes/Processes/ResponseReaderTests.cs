using System.Runtime.InteropServices;
using System.Text;
using Handler.Nodes;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>How the responses of a worker become outcomes, without a process.</summary>
public sealed unsafe class ResponseReaderTests
{
    private static readonly byte[] Value = [1, 2, 3];
    private static readonly FailureBody Thrown = new("Some.Exception", "a message", "a text");
    private static readonly ExitStatus Crash = new(Code: null, Signal: LibC.SIGKILL, CpuNanoseconds: 0);

    private readonly ScriptedPlatform platform = new(static (_, _) => { });
    private readonly Worker worker;
    private readonly ScriptedWorker process;
    private readonly ResponseReader reader;

    public ResponseReaderTests()
    {
        var parts = new TestDispatch(static options => options.MaxPayloadBytes = 64 << 20);
        worker = TestWorkers.New(parts.Workers);
        process = TestWorkers.ProcessOf(worker);
        reader = new ResponseReader(parts.PortsOn(platform), worker, new WorkerOutput());
    }

    [Fact]
    public void A_value_is_the_outcome_of_the_job_that_it_names()
    {
        var job = AddStarted(1);
        Respond(ResponseKind.Value, job, Value);
        Assert.Equal(1, reader.Receive(process));
        Assert.Equal([job], reader.Ended);
        Assert.Equal(Value, job.Value);
        Assert.Equal((1, 1L), (job.Usage!.WorkerPid, job.Usage.AttemptId));
        Assert.True(job.Decided);
        Assert.Equal(0, worker.JobCount);
    }

    [Fact]
    public void Responses_that_arrive_together_are_taken_in_order()
    {
        TestJob[] jobs = [AddStarted(1), AddStarted(2)];
        Respond(ResponseKind.Value, jobs[0], Value);
        Respond(ResponseKind.Failure, jobs[1], Thrown.Write());
        Assert.Equal(2, reader.Receive(process));
        Assert.Equal(jobs, reader.Ended);
        Assert.Equal(new JobFailed("Some.Exception", "a message", "a text"), jobs[1].Failure);
    }

    [Theory]
    [InlineData((int)RefusedCall.Descriptor, "MaxOpenFiles")]
    [InlineData((int)RefusedCall.Socket, null)]
    [InlineData((int)RefusedCall.None, null)]
    public void A_failure_has_the_options_of_its_profile_that_refuse_such_calls(int refused, string? options)
    {
        var job = AddStarted(1);
        Respond(ResponseKind.Failure, job, (Thrown with { Refused = (RefusedCall)refused }).Write());
        reader.Receive(process);
        Assert.Equal(options, Assert.IsType<JobFailed>(job.Failure).Hardening);
    }

    [Fact]
    public void An_response_that_arrives_in_pieces_is_taken_when_it_is_whole()
    {
        var job = AddStarted(1);
        var frame = FrameOf(job, Value);
        process.Write(frame[..10]);
        Assert.Equal(0, reader.Receive(process));
        process.Write(frame[10..^1]);
        Assert.Equal(0, reader.Receive(process));
        Assert.Null(job.Value);
        process.Write(frame[^1..]);
        Assert.Equal(1, reader.Receive(process));
        Assert.Equal(Value, job.Value);
        Assert.Equal(frame.Length, worker.Received);
    }

    [Fact]
    public void Each_receive_counts_its_own_responses_and_those_that_are_not_delivered_yet()
    {
        var (first, second) = (AddStarted(1), AddStarted(2));
        Respond(ResponseKind.Value, first, Value);
        reader.Receive(process);
        reader.Ended.Clear();
        Respond(ResponseKind.Value, second, Value);
        Assert.Equal(1, reader.Receive(process));
    }

    [Fact]
    public void Output_is_reported_where_it_is_wanted()
    {
        var (silent, capturing) = (AddStarted(1), AddStarted(2, new JobOptions { CaptureOutput = true }));
        Respond(ResponseKind.Value, silent, Value);
        Respond(ResponseKind.Value, capturing, Value);
        reader.Receive(process);
        Assert.Null(silent.Output);
        Assert.Equal(new JobOutput("", "", false), capturing.Output);
    }

    [Fact]
    public void A_worker_that_is_ready_becomes_idle()
    {
        Respond(ResponseKind.Ready, new TestJob(0), []);
        Assert.Equal(0, reader.Receive(process));
        Assert.Equal(WorkerState.Idle, worker.State);
    }

    [Fact]
    public void A_worker_that_asks_to_be_replaced_retires_for_its_reason()
    {
        Respond(ResponseKind.Retire, new TestJob(0), Encoding.UTF8.GetBytes("a thread is left"));
        Assert.Equal(0, reader.Receive(process));
        Assert.Equal("a thread is left", worker.Retiring);
    }

    [Fact]
    public void An_response_of_an_unknown_kind_breaks_the_protocol()
    {
        Respond((ResponseKind)9, AddStarted(1), []);
        Assert.Equal("A response has kind 9, which does not exist.", Refused());
    }

    [Theory]
    [InlineData(1_000, false)]
    [InlineData(1_001, true)]
    public void A_value_that_comes_after_the_timeout_is_a_timeout(int milliseconds, bool isLate)
    {
        var job = AddStarted(1, new JobOptions { Timeout = TimeSpan.FromSeconds(1) });
        process.Respond(ResponseKind.Value, RequestOf(job), Value, ran: milliseconds * 1_000_000L, startedAt: 1);
        Assert.Equal(1, reader.Receive(process));
        Assert.Equal(isLate ? null : Value, job.Value);
        Assert.Equal(isLate ? new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(milliseconds)) : null, job.Failure);
    }

    [Fact]
    public void An_exception_after_the_timeout_is_a_timeout()
    {
        var job = AddStarted(1, new JobOptions { Timeout = TimeSpan.FromSeconds(1) });
        process.Respond(ResponseKind.Failure, RequestOf(job), Thrown.Write(), ran: 1_001_000_000, startedAt: 1);
        reader.Receive(process);
        Assert.IsType<JobTimedOut>(job.Failure);
    }

    [Theory]
    [InlineData("System.OperationCanceledException")]
    [InlineData("System.Threading.Tasks.TaskCanceledException")]
    public void A_job_that_was_told_to_end_and_throws_the_exception_of_its_token_counts_as_stopped(string type)
    {
        var job = AddStarted(1);
        var why = Stop(job, told: true);
        Respond(ResponseKind.Failure, job, new FailureBody(type, "cancelled", "").Write());
        reader.Receive(process);
        Assert.Same(why, job.Failure);
    }

    [Fact]
    public void A_job_that_was_told_to_end_and_throws_another_exception_counts_as_stopped_and_names_it()
    {
        var job = AddStarted(1);
        var why = Stop(job, told: true);
        Respond(ResponseKind.Failure, job, Thrown.Write());
        reader.Receive(process);
        Assert.Equal(why with { Reason = $"{why.Reason}; it ended with Some.Exception: a message" }, job.Failure);
    }

    [Fact]
    public void A_job_that_was_not_told_to_end_has_failed_by_itself()
    {
        var job = AddStarted(1);
        Stop(job, told: false);
        Respond(ResponseKind.Failure, job, Thrown.Write());
        reader.Receive(process);
        Assert.IsType<JobFailed>(job.Failure);
    }

    [Fact]
    public void An_response_for_a_job_that_this_node_has_ended_counts_for_nothing()
    {
        var job = AddStarted(1);
        Assert.True(worker.TryCondemn(job, worker.Claim(job), JobKilled.CallerCancelled()));
        Respond(ResponseKind.Value, job, Value);
        Assert.Equal(0, reader.Receive(process));
        Assert.Empty(reader.Ended);
        Assert.Null(job.Value);
    }

    [Fact]
    public void A_failure_whose_text_is_broken_decides_nothing()
    {
        var job = AddStarted(1);
        Respond(ResponseKind.Failure, job, [1]);
        Refused();
        Assert.False(job.Decided);
    }

    [Fact]
    public void Only_a_value_may_be_larger_than_a_failure()
    {
        var job = AddStarted(1);
        WriteHead(job, ResponseKind.Failure, FailureBody.MaxBytes + 1);
        Assert.StartsWith("A response of kind 3 has ", Refused());
        Assert.False(job.Decided);
    }

    [Fact]
    public void A_large_value_of_a_job_that_the_worker_does_not_have_is_refused_by_its_head()
    {
        WriteHead(new TestJob(5), ResponseKind.Value, FailureBody.MaxBytes + 1);
        Assert.Equal("A response names attempt 5 in slot 0, which this worker does not have.", Refused());
    }

    [Fact]
    public void A_value_that_is_larger_than_its_job_allows_is_refused_by_its_head_and_fails_the_job()
    {
        var job = AddStarted(1, new JobOptions { MaxHeapBytes = 4 << 20 });
        var most = (int)Handler.Functions.ReadBudget.MostBytes(4 << 20);
        WriteHead(job, ResponseKind.Value, most + 1);
        Assert.Equal($"A response has {most + 1} bytes, more than its job allows.", Refused());
        Assert.Equal([job], reader.Ended);
        Assert.Equal("System.NotSupportedException", Assert.IsType<JobFailed>(job.Failure).ExceptionType);
    }

    [Fact]
    public void A_value_that_is_as_large_as_its_job_allows_is_awaited()
    {
        var job = AddStarted(1, new JobOptions { MaxHeapBytes = 4 << 20 });
        WriteHead(job, ResponseKind.Value, (int)Handler.Functions.ReadBudget.MostBytes(4 << 20));
        Assert.Equal(0, reader.Receive(process));
        Assert.False(job.Decided);
    }

    [Fact]
    public void A_value_that_is_slow_to_read_is_left_to_another_thread_and_counts_once()
    {
        var job = AddStarted(1, isQuickValue: false);
        Respond(ResponseKind.Value, job, Value);
        Assert.Equal(1, reader.Receive(process));
        Assert.Empty(reader.Ended); // the other thread delivers it
        Assert.Equal(0, reader.Receive(process));
        reader.Finish(process);
        Assert.Equal(Value, job.Value);
        Assert.Equal(ResultReader.ThreadName, job.CompletedOn);
    }

    [Fact]
    public void Without_another_thread_such_a_value_is_read_immediately()
    {
        platform.RefusesThread = static name => name == ResultReader.ThreadName;
        var job = AddStarted(1, isQuickValue: false);
        Respond(ResponseKind.Value, job, Value);
        Assert.Equal(1, reader.Receive(process));
        Assert.Equal([job], reader.Ended);
        Assert.Equal(Value, job.Value);
    }

    [Fact]
    public void Responses_that_are_only_in_the_shared_page_are_taken_after_the_exit()
    {
        TestJob[] jobs = [AddStarted(1), AddStarted(2)];
        Publish([.. FrameOf(jobs[0], Value), .. FrameOf(jobs[1], Value)]);
        reader.Finish(process);
        Assert.Equal(jobs, reader.Ended);
    }

    [Fact]
    public void What_had_arrived_before_the_exit_is_not_taken_twice()
    {
        TestJob[] jobs = [AddStarted(1), AddStarted(2)];
        byte[] responses = [.. FrameOf(jobs[0], Value), .. FrameOf(jobs[1], Value)];
        Publish(responses);
        process.Write(responses[..(responses.Length - 5)]);
        Assert.Equal(1, reader.Receive(process));
        reader.Finish(process);
        Assert.Equal(jobs, reader.Ended);
        Assert.All(jobs, static job => Assert.Equal(Value, job.Value));
    }

    [Fact]
    public void A_half_written_response_is_none()
    {
        var job = AddStarted(1);
        Publish([.. FrameOf(job, Value), 1, 0, 0, 0]);
        reader.Finish(process);
        Assert.Equal([job], reader.Ended);
    }

    [Fact]
    public void A_job_without_an_response_has_a_usage_only_if_it_had_started()
    {
        var (started, waiting) = (AddStarted(1), AddStarted(2));
        var failure = new JobExited(null, LibC.SIGKILL, "it crashed");
        process.Page->PeakManaged = 4_000;
        reader.SetFailure(started, failure, startedAt: 1, Crash);
        reader.SetFailure(waiting, failure, startedAt: null, Crash);
        Assert.Equal((failure, 4_000L), (started.Failure!, started.Usage!.PeakManagedBytes));
        Assert.Equal((failure, null), (waiting.Failure!, waiting.Usage));
        Assert.Equal([started, waiting], reader.Ended);
    }

    private static RequestHead RequestOf(Job job) => new() { Slot = (byte)job.Slot, Attempt = job.Attempt };

    private static byte[] FrameOf(Job job, byte[] value)
    {
        var head = new ResponseHead
        {
            Length = ResponseHead.Size + value.Length,
            Kind = ResponseKind.Value,
            Slot = (byte)job.Slot,
            Attempt = job.Attempt,
        };
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ResponseHead>(in head)), .. value];
    }

    private static JobKilled Stop(Job job, bool told)
    {
        var why = JobKilled.CallerCancelled();
        job.TryStop(why, immediately: false);
        job.ToldToEnd = told;
        return why;
    }

    /// <summary>Gives the worker a job, which it starts.</summary>
    private TestJob AddStarted(long attempt, JobOptions? options = null, bool isQuickValue = true)
    {
        var job = new TestJob(attempt, options: options) { IsQuickValue = isQuickValue };
        worker.Assign(job, now: 0);
        Assert.True(process.Claim(RequestOf(job)));
        return job;
    }

    private void Respond(ResponseKind kind, Job job, byte[] body) => process.Respond(kind, RequestOf(job), body);

    /// <summary>Writes the head of a response whose body is still to come.</summary>
    private void WriteHead(Job job, ResponseKind kind, int bodyBytes)
    {
        var head = new ResponseHead
        {
            Length = ResponseHead.Size + bodyBytes,
            Kind = kind,
            Slot = (byte)job.Slot,
            Attempt = job.Attempt,
        };
        process.Write([.. MemoryMarshal.AsBytes(new ReadOnlySpan<ResponseHead>(in head))]);
    }

    private void Publish(byte[] responses)
    {
        responses.CopyTo(new Span<byte>(SharedPage.Responses(process.Page), SharedPage.ResponsesCapacity));
        process.Page->Published = responses.Length;
    }

    private string Refused() => Assert.Throws<FrameException>(() => reader.Receive(process)).Message;
}
