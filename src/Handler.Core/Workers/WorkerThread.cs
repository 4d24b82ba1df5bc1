using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Handler.Functions;
using Handler.Nodes;
using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;

namespace Handler.Workers;

/// <summary>
/// The thread that owns one worker process: starts it, takes its answers and its output, sends it what waits, and when it has
/// ended, reaps it and says what became of its jobs. While it has nothing else to do it is lent to a caller; see <see cref="InlineContinuation"/>.
/// </summary>
internal sealed unsafe class WorkerThread(Dispatcher dispatcher, Worker worker)
{
    public const string Name = "Handler worker";

    /// <summary>How much of each stream is kept, and what its pipe holds at most; in bytes.</summary>
    private const int OutputBytes = 64 << 10;

    private const int MostOutputAfterEnd = 1 << 20;

    /// <summary>From this run time on a job's processor time is compared with what the kernel says, in ns.</summary>
    private const long LongRun = 1_000_000;

    private const long OwnCpuAtMost = 20_000_000; // ns
    private const int MostYields = 16; // about 10 µs where nobody else wants the processor

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

    /// <summary>On a thread of its own: starts the process and serves it until it has ended.</summary>
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

    /// <summary>There is no thread for the worker, or no process.</summary>
    public void CannotStart(string reason) => dispatcher.CannotStart(worker, reason);

    /// <summary>On a thread of its own: serves the worker until it has ended, or another thread has it.</summary>
    public void GoOn()
    {
        mayBeLent = true;
        empty = ExecutionContext.Capture()!; // the thread has just begun, and flows no context
        while (ServeOne(Await()))
        {
        }
    }

    /// <summary>On a thread that is not the worker's alone: does what can be done at once.</summary>
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
            // A error of ours must not take the whole host down; this worker's jobs are told.
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
            throw new FrameException("The pipe of its answers is closed.");
        return (events & (WorkerEvents.Ended | WorkerEvents.Answers)) == WorkerEvents.Ended ? Next.End : Next.Serve;
    }

    private WorkerEvents Await()
    {
        // Its caller has come back with the next job while it had this thread: it will be done before this thread has gone to sleep.
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

        // What waits already goes out first, so that the worker does not idle while the callers go on. When too little waits, the
        // callers go first, and the worker gets in one write what they ask next.
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
        dispatcher.WatchLoan(now); // after its beginning: the watchdog may be looking just now, and must not forget it

        try
        {
            // As on a thread of the pool, nothing that one caller sets is there for the next.
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
    /// Leaves the processor to the callers until as many have asked again as were answered. Yielding and not spinning: on a busy
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
                    throw new FrameException($"An answer is of kind {(int)head.Kind}; there is no such kind.");
            }
        }
    }

    /// <summary>Looks at the head of an answer whose body is still to come: it must not be larger than its job allows.</summary>
    private void RefuseTooLarge()
    {
        if (reader.Pending < AnswerHead.Size)
            return;
        var head = MemoryMarshal.Read<AnswerHead>(reader.Begun);
        var length = head.Length - (long)AnswerHead.Size;
        if (length <= FailureBody.MaxBytes)
            return;
        if (head.Kind != AnswerKind.Value)
            throw new FrameException($"An answer of kind {(int)head.Kind} has {length} bytes; the most possible are {FailureBody.MaxBytes}.");
        if (dispatcher.Find(worker, head.Slot, head.Attempt) is not { } job)
            throw new FrameException($"An answer names attempt {head.Attempt} in slot {head.Slot}, which this worker does not have.");
        if (length <= ReadBudget.MostBytes(job.Limits.MaxHeapBytes))
            return;

        // A worker refuses to send such a value. The job is told, and this one can be trusted no more.
        var now = Stopwatch.GetTimestamp();
        if (dispatcher.Take(worker, head.Slot, head.Attempt, head.RunNanoseconds, now) is not null)
        {
            var why = ReadBudget.TooLarge(length, job.Limits.MaxHeapBytes);
            job.SetVerdict(new Verdict.Failed(typeof(NotSupportedException).FullName!, why, why), UsageOf(job, head, 0, now), OutputOf(job, completed: false));
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
            job.SetVerdict(new Verdict.TimedOut(job.Limits.Timeout, usage.RunTime), usage, OutputOf(job, completed: false));
        else if (head.Kind == AnswerKind.Value && !job.ReadsAtOnce(body.Length) && results.TryTake(job, reader.Take(body.Length), usage, OutputOf(job, completed: true)))
        {
            answeredElsewhere++;
            return;
        }
        else if (head.Kind == AnswerKind.Value)
            job.SetValue(body, usage, OutputOf(job, completed: true));
        else
            job.SetVerdict(VerdictOf(job, failure), usage, OutputOf(job, completed: false));
        ended.Add(job);
    }

    /// <summary>A job that was told to end and ends with an exception, be it that of its token or what came of it, has ended because it was told to.</summary>
    private static Verdict VerdictOf(Job job, in FailureBody failure)
    {
        if (job is not { Stopped: { } stopped, ToldToEnd: true })
            return new Verdict.Failed(failure.Type, failure.Message, failure.Text);
        return IsCancellation(failure.Type) ? stopped : stopped with { Reason = $"{stopped.Reason}; it ended with {failure.Type}: {failure.Message}" };
    }

    private static bool IsCancellation(string type) => type == typeof(OperationCanceledException).FullName || type == typeof(TaskCanceledException).FullName;

    /// <summary>The numbers come from a process that has run someone's code, so they are kept within what this node has seen itself, and within what can be.</summary>
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

    /// <summary>The kernel is asked only where that costs little next to the job.</summary>
    private long CpuOf(Job job, long said, long run, int answerBytes)
    {
        var total = run > LongRun ? process.CpuNanoseconds() : 0;
        return worker.CpuOf(job, said, total, OwnCpu(job, answerBytes), run * Environment.ProcessorCount);
    }

    /// <summary>How much processor time the worker may have used on its own for a job, in ns: it warms itself up, reads the call and writes the answer.</summary>
    private static long OwnCpu(Job job, int answerBytes) => OwnCpuAtMost + (20L * job.Call.Length) + (2L * answerBytes);

    private static TimeSpan Span(long nanoseconds) => new(Math.Max(0, nanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>Gives the worker what waits, before the callers of what it has answered go on: it should not idle for them.</summary>
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
    /// Takes as much as the pipe can hold, so that nothing which was written before an answer is left in it when that answer is
    /// taken: it would be missing, and be the next job's.
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

    /// <summary>Whatever fails here, the jobs of the worker are told and its place is free.</summary>
    private void End()
    {
        try
        {
            var status = process.Reap();
            TakeWhatIsLeft();
            results.Finish(); // while the worker counts, the node has the threads that tell outcomes
            dispatcher.Ended(worker, status, error.ToString(), lastWords.ToString(), (job, verdict, started) =>
            {
                job.SetVerdict(verdict, started is { } at ? UsageAtEnd(job, at, status) : null, OutputOf(job, completed: false));
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
            // What a crash left half-written is no answer.
        }
    }

    /// <summary>What the process was still able to write; bounded, since something else may hold the pipe and write on.</summary>
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

    /// <summary>Answers that the worker had finished and not yet written when it died are still in the shared page.</summary>
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
            PeakResidentBytes = Math.Max(job.PeakSeen, Math.Clamp(page->PeakResident, 0, most)), // not what the kernel says: it counts what the process was before it became a worker, a copy of this one
            WorkerPid = process.Pid,
            AttemptId = job.Attempt,
        };
    }

    private enum Next
    {
        Serve,

        /// <summary>The process is no longer there.</summary>
        End,

        /// <summary>Another thread has the worker.</summary>
        Leave,
    }
}
