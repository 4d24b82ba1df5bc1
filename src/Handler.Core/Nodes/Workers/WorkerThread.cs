using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Handler.Functions;
using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// The thread that owns one worker process: starts it, takes its answers and its output, sends it the waiting jobs, and, when it has
/// exited, reaps it and decides the outcomes of its jobs. While it has nothing else to do, callers' code may continue on it; see
/// <see cref="InlineContinuation"/>.
/// </summary>
internal sealed unsafe class WorkerThread(Dispatcher dispatcher, Worker worker)
{
    public const string Name = "Handler worker";

    /// <summary>How much of each stream is kept, and how much its pipe holds at most, in bytes.</summary>
    private const int OutputBytes = 64 << 10;

    private const int MostOutputAfterEnd = 1 << 20;

    /// <summary>From this run time on, in ns, a job's processor time is compared with the kernel's figure.</summary>
    private const long LongRun = 1_000_000;

    private const long OwnCpuAtMost = 20_000_000; // ns
    private const int MostYields = 16; // about 10 µs if no other thread wants the processor

    private readonly FrameReader reader = new(AnswerHead.Size, AnswerHead.Size + Math.Max(dispatcher.Options.MaxPayloadBytes, FailureBody.MaxBytes));
    private readonly OutputTail output = new(OutputBytes);
    private readonly OutputTail error = new(OutputBytes);
    private readonly LastWords lastWords = new();
    private readonly byte[] outputBuffer = new byte[16 << 10];
    private readonly byte[] sendBuffer = GC.AllocateUninitializedArray<byte>(Worker.MaxSharedBytesTogether + Worker.MaxSharedBytes);
    private readonly List<Job> ended = [];
    private readonly ResultReader results = new(run => dispatcher.Platform.StartThread(ResultReader.ThreadName, run), exception => dispatcher.ThreadFailed(worker, exception));
    private int answeredElsewhere;
    private long received;
    private bool hasNext;
    private bool mayBeLent;
    private IWorkerProcess process = null!;

    /// <summary>The execution context of a thread on which nothing has been set.</summary>
    private ExecutionContext empty = null!;

    /// <summary>Starts the process and serves it until it has exited. Runs on the worker's own thread.</summary>
    public void Run()
    {
        try
        {
            process = dispatcher.Platform.Start(dispatcher.Command);
        }
        catch (Exception exception)
        {
            CannotStart(exception.Message);
            return;
        }

        try
        {
            dispatcher.Started(worker, process);
            process.Send(dispatcher.SetupFrame);
        }
        catch (Exception exception)
        {
            dispatcher.ThreadFailed(worker, exception);
        }

        GoOn();
    }

    /// <summary>Called when the system refused a thread or a process for the worker.</summary>
    public void CannotStart(string reason) => dispatcher.CannotStart(worker, reason);

    /// <summary>Serves the worker until it has exited, or another thread has taken it over. Runs on the worker's own thread.</summary>
    public void GoOn()
    {
        mayBeLent = true;
        empty = ExecutionContext.Capture()!; // the thread has just started and has no context of other code
        while (ServeOne(Await()))
        {
        }
    }

    /// <summary>Does what can be done without waiting. Runs on a thread that serves other workers too.</summary>
    /// <returns>Whether there will be more to do.</returns>
    public bool ServeWhatIsThere()
    {
        mayBeLent = false;
        var events = process.Look();
        return events == WorkerEvents.None || ServeOne(events);
    }

    /// <returns>Whether there will be more to do.</returns>
    private bool ServeOne(WorkerEvents events)
    {
        try
        {
            var next = Serve(events);
            if (next != Next.End)
                return next == Next.Serve;
        }
        catch (FrameException exception)
        {
            dispatcher.ProtocolBroken(worker, exception.Message);
        }
        catch (Exception exception)
        {
            // An error in Handler must not end the whole host; this worker's jobs get their outcomes.
            dispatcher.ThreadFailed(worker, exception);
        }

        End();
        return false;
    }

    private Next Serve(WorkerEvents events)
    {
        if ((events & WorkerEvents.Output) != 0)
            TakeOutput(OutputStream.Output, output);
        if ((events & WorkerEvents.Error) != 0)
            TakeOutput(OutputStream.Error, error);
        if ((events & WorkerEvents.Answers) != 0 && !Receive())
            return Next.Leave;
        if (events == WorkerEvents.Closed)
            throw new FrameException("The worker closed its answer pipe.");
        return (events & (WorkerEvents.Ended | WorkerEvents.Answers)) == WorkerEvents.Ended ? Next.End : Next.Serve;
    }

    private WorkerEvents Await()
    {
        // The caller submitted its next job while it ran inline on this thread: that job will be done before this thread has gone to sleep.
        var events = WorkerEvents.None;
        for (var i = 0; i < SharedPage.MostLooks && hasNext && (events = process.Look()) == WorkerEvents.None; i++)
            Thread.Yield();
        hasNext = false;
        return events == WorkerEvents.None ? process.Wait() : events;
    }

    /// <returns>Whether the worker is still this thread's.</returns>
    private bool Receive()
    {
        var count = process.Receive(reader.Free());
        reader.Advance(count);
        worker.Received = received += count;
        TakeFrames();
        RefuseTooLarge();
        var elsewhere = answeredElsewhere;
        answeredElsewhere = 0;
        if (ended.Count + elsewhere == 0)
            return true;

        // Jobs that already wait are sent first, so that the worker does not idle while the callers continue. If too few wait, the
        // callers continue first, and the worker gets their next jobs in one write.
        var answered = ended.Count + elsewhere;
        if (mayBeLent && ended.Find(static job => job.Borrows) is { } borrower)
        {
            SendMore();
            ended.Remove(borrower);
            Release();
            return LendTo(borrower);
        }

        if (dispatcher.StartGathering(worker, answered))
        {
            Release();
            Gather(answered);
            SendMore();
        }
        else
        {
            SendMore();
            Release();
        }

        return true;
    }

    /// <returns>Whether the worker is still this thread's.</returns>
    private bool LendTo(Job job)
    {
        var now = Stopwatch.GetTimestamp();
        var loan = worker.Loan.Begin(now);
        dispatcher.WatchLoan(now); // after Begin: the watchdog may be checking at this moment, and must not miss it

        try
        {
            // As on a thread-pool thread, one caller's execution context does not reach the next.
            ExecutionContext.Run(empty, static job => ((Job)job!).ReleaseHere(), job);
        }
        catch (Exception exception)
        {
            dispatcher.ReleaseFailed(exception);
        }

        if (!worker.Loan.TryEnd(loan))
            return false;
        var thread = Thread.CurrentThread;
        if (thread.Priority != ThreadPriority.Normal)
            thread.Priority = ThreadPriority.Normal;
        if (!thread.IsBackground)
            thread.IsBackground = true;
        if (Stopwatch.GetTimestamp() - now > InlineContinuation.Brief)
            dispatcher.PauseLoans(now, Dispatcher.ShortLoanPause);
        hasNext = worker.JobCount > 0;
        return true;
    }

    /// <summary>
    /// Leaves the processor to the callers until as many jobs wait as were answered. Yields instead of spinning, because on a busy
    /// machine the callers need this very processor.
    /// </summary>
    private void Gather(int answered)
    {
        for (var i = 0; i < MostYields && dispatcher.QueuedJobs < answered; i++)
            Thread.Yield();
    }

    private void TakeFrames()
    {
        while (reader.TryRead(out var frame))
        {
            var head = MemoryMarshal.Read<AnswerHead>(frame);
            var body = frame[AnswerHead.Size..];
            switch (head.Kind)
            {
                case AnswerKind.Ready:
                    dispatcher.Ready(worker);
                    break;
                case AnswerKind.Value or AnswerKind.Failure:
                    TakeAnswer(head, body);
                    break;
                case AnswerKind.Retire:
                    dispatcher.Retire(worker, Encoding.UTF8.GetString(body));
                    break;
                default:
                    throw new FrameException($"An answer has kind {(int)head.Kind}, which does not exist.");
            }
        }
    }

    /// <summary>Checks the head of an answer whose body has not arrived yet: it must not be larger than its job allows.</summary>
    private void RefuseTooLarge()
    {
        if (reader.Pending < AnswerHead.Size)
            return;
        var head = MemoryMarshal.Read<AnswerHead>(reader.Begun);
        var length = head.Length - (long)AnswerHead.Size;
        if (length <= FailureBody.MaxBytes)
            return;
        if (head.Kind != AnswerKind.Value)
            throw new FrameException($"An answer of kind {(int)head.Kind} has {length} bytes; the maximum is {FailureBody.MaxBytes}.");
        if (dispatcher.Find(worker, head.Slot, head.Attempt) is not { } job)
            throw new FrameException($"An answer names attempt {head.Attempt} in slot {head.Slot}, which this worker does not have.");
        if (length <= ReadBudget.MostBytes(job.Limits.MaxHeapBytes))
            return;

        // A sound worker refuses to send such a value. The job gets its outcome, and this worker can no longer be trusted.
        var now = Stopwatch.GetTimestamp();
        if (dispatcher.Take(worker, head.Slot, head.Attempt, head.RunNanoseconds, now) is not null)
        {
            var why = ReadBudget.TooLarge(length, job.Limits.MaxHeapBytes);
            job.SetFailure(new JobFailed(typeof(NotSupportedException).FullName!, why, why), UsageOf(job, head, 0, now), OutputOf(job, completed: false));
            ended.Add(job);
        }

        throw new FrameException($"An answer has {length} bytes, more than its job allows.");
    }

    private void TakeAnswer(in AnswerHead head, ReadOnlySpan<byte> body)
    {
        var failure = head.Kind == AnswerKind.Failure ? FailureBody.Read(body) : default;
        var now = Stopwatch.GetTimestamp();
        if (dispatcher.Take(worker, head.Slot, head.Attempt, head.RunNanoseconds, now) is not { } job)
            return;
        var usage = UsageOf(job, head, body.Length, now);
        if (usage.RunTime > job.Limits.Timeout)
            job.SetFailure(new JobTimedOut(job.Limits.Timeout, usage.RunTime), usage, OutputOf(job, completed: false));
        else if (head.Kind == AnswerKind.Value && !job.ReadsAtOnce(body.Length) && results.TryTake(job, reader.Take(body.Length), usage, OutputOf(job, completed: true)))
        {
            answeredElsewhere++;
            return;
        }
        else if (head.Kind == AnswerKind.Value)
            job.SetValue(body, usage, OutputOf(job, completed: true));
        else
            job.SetFailure(VerdictOf(job, failure), usage, OutputOf(job, completed: false));
        ended.Add(job);
    }

    /// <summary>
    /// If a job was told to end and then throws, it counts as stopped, whether the exception is that of its token or a consequence of it.
    /// </summary>
    private static JobFailure VerdictOf(Job job, in FailureBody failure)
    {
        if (job is not { Stopped: { } stopped, ToldToEnd: true })
            return new JobFailed(failure.Type, failure.Message, failure.Text);
        return IsCancellation(failure.Type) ? stopped : stopped with { Reason = $"{stopped.Reason}; it ended with {failure.Type}: {failure.Message}" };
    }

    private static bool IsCancellation(string type) => type == typeof(OperationCanceledException).FullName || type == typeof(TaskCanceledException).FullName;

    /// <summary>
    /// The numbers come from a process that has run someone's code, so they are clamped to what this node has seen and to what is possible.
    /// </summary>
    private JobUsage UsageOf(Job job, in AnswerHead head, int answerBytes, long now)
    {
        var started = Math.Clamp(head.StartedAt, job.SentAt, job.StartSeen == 0 ? now : job.StartSeen);
        var run = Math.Clamp(head.RunNanoseconds, 0, now - started);
        var limits = job.Limits;
        return new JobUsage
        {
            RunTime = Span(run),
            CpuTime = Span(CpuOf(job, head.CpuNanoseconds, run, answerBytes)),
            QueueTime = Span(started - job.SubmittedAt),
            PeakManagedBytes = Math.Clamp(head.PeakManaged, 0, limits.MaxHeapBytes),
            PeakResidentBytes = Math.Max(job.PeakSeen, Math.Clamp(head.PeakResident, 0, worker.MostMemoryOf(job))),
            WorkerPid = process.Pid,
            AttemptId = job.Attempt,
        };
    }

    /// <summary>Asks the kernel only if that costs little compared with the job.</summary>
    private long CpuOf(Job job, long said, long run, int answerBytes)
    {
        var total = run > LongRun ? process.CpuNanoseconds() : 0;
        return worker.CpuOf(job, said, total, OwnCpu(job, answerBytes), run * Environment.ProcessorCount);
    }

    /// <summary>
    /// How much processor time the worker may have used itself for a job, in ns: to warm itself up, read the call and write the answer.
    /// </summary>
    private static long OwnCpu(Job job, int answerBytes) => OwnCpuAtMost + (20L * job.Call.Length) + (2L * answerBytes);

    private static TimeSpan Span(long nanoseconds) => new(Math.Max(0, nanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>
    /// Sends the waiting jobs to the worker before the callers that it has answered continue, so that it does not idle meanwhile.
    /// </summary>
    private void SendMore()
    {
        var refill = dispatcher.Refill(worker, sendBuffer);
        if (refill.Length > 0)
            process.Send(sendBuffer.AsSpan(0, refill.Length));
        if (refill.Alone is { } alone)
            dispatcher.Send(process, alone);
        if (refill.WasEmpty)
            ForgetOutput();
    }

    private void ForgetOutput()
    {
        if (output.IsEmpty && error.IsEmpty)
            return;
        output.Clear();
        error.Clear();
        lastWords.Clear();
    }

    private void Release()
    {
        foreach (var job in ended)
            dispatcher.Release(job);
        ended.Clear();
    }

    /// <summary>
    /// Takes as much as the pipe can hold, so that no output written before an answer is left in it when that answer is
    /// taken. Such output would be missing from this job, and be attributed to the next.
    /// </summary>
    private void TakeOutput(OutputStream stream, OutputTail tail)
    {
        for (var taken = 0; taken < OutputBytes;)
        {
            var count = process.ReadOutput(stream, outputBuffer);
            Keep(tail, count);
            if (count < outputBuffer.Length)
                return;
            taken += count;
        }
    }

    private void Keep(OutputTail tail, int count)
    {
        tail.Append(outputBuffer.AsSpan(0, count));
        if (tail == error)
            lastWords.Append(outputBuffer.AsSpan(0, count));
    }

    private JobOutput? OutputOf(Job job, bool completed)
    {
        var wanted = job.Limits.CaptureOutput || (!completed && !(output.IsEmpty && error.IsEmpty));
        return wanted ? new JobOutput(output.ToString(), error.ToString(), output.Truncated || error.Truncated) : null;
    }

    /// <summary>Ends the worker. Whatever fails here, its jobs get their outcomes and its place becomes free.</summary>
    private void End()
    {
        try
        {
            var status = process.Reap();
            TakeWhatIsLeft();
            results.Finish(); // while the worker still counts, because the node keeps its thread for outcomes until then
            dispatcher.Ended(worker, status, error.ToString(), lastWords.ToString(), (job, verdict, started) =>
            {
                job.SetFailure(verdict, started is { } at ? UsageAtEnd(job, at, status) : null, OutputOf(job, completed: false));
                ended.Add(job);
            });
        }
        catch (Exception exception)
        {
            dispatcher.Abandon(worker, exception);
        }

        Release();
        process.Dispose();
        dispatcher.Replace();
    }

    private void TakeWhatIsLeft()
    {
        DrainOutput(OutputStream.Output, output);
        DrainOutput(OutputStream.Error, error);
        try
        {
            SalvageAnswers();
        }
        catch (FrameException)
        {
            // A crash left a half-written frame, which is no answer.
        }
    }

    /// <summary>
    /// Takes the output that the process wrote before it exited. Bounded, because another process may hold the pipe and keep writing.
    /// </summary>
    private void DrainOutput(OutputStream stream, OutputTail tail)
    {
        for (var taken = 0; taken < MostOutputAfterEnd;)
        {
            var count = process.ReadOutput(stream, outputBuffer);
            if (count == 0)
                return;
            Keep(tail, count);
            taken += count;
        }
    }

    /// <summary>
    /// Takes the answers that the worker had finished but not yet written when it exited. They are still in the shared page.
    /// </summary>
    private void SalvageAnswers()
    {
        var left = PublishedAnswers.After(process.Page, received);
        while (left.Length > 0)
        {
            var room = reader.Free();
            var some = left[..Math.Min(room.Length, left.Length)];
            some.CopyTo(room);
            reader.Advance(some.Length);
            left = left[some.Length..];
            TakeFrames();
        }
    }

    private JobUsage UsageAtEnd(Job job, long startedAt, ExitStatus status)
    {
        var page = process.Page;
        var run = Stopwatch.GetTimestamp() - startedAt;
        var most = worker.MostBelievedOf(job);
        var said = status.CpuNanoseconds - Math.Clamp(page->CpuAtStart, 0, status.CpuNanoseconds);
        return new JobUsage
        {
            RunTime = Span(run),
            CpuTime = Span(worker.CpuOf(job, said, status.CpuNanoseconds, OwnCpu(job, 0), status.CpuNanoseconds)),
            QueueTime = Span(startedAt - job.SubmittedAt),
            PeakManagedBytes = Math.Clamp(page->PeakManaged, 0, most),
            PeakResidentBytes = Math.Max(job.PeakSeen, Math.Clamp(page->PeakResident, 0, most)), // the kernel's figure includes this process's memory before exec
            WorkerPid = process.Pid,
            AttemptId = job.Attempt,
        };
    }

    private enum Next
    {
        Serve,

        /// <summary>The process is no longer there.</summary>
        End,

        /// <summary>Another thread has taken over the worker.</summary>
        Leave,
    }
}
