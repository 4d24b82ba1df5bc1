using System.Buffers;
using System.Diagnostics;
using System.Text;
using Handler.Functions;
using Handler.Guard;
using Handler.Platform;
using Handler.Wire;
using static Handler.WorkerTuning.Loop;

namespace Handler;

/// <summary>Reads requests from the pipe, runs their jobs one after the other, and writes the responses.</summary>
internal sealed unsafe class WorkerLoop
{
    private readonly SharedPage* page;
    private readonly ResponseStream responses;
    private readonly MemoryGuard guard;
    private readonly ProcSelf proc = new();
    private readonly FileLimit fileLimit = new();
    private readonly FrameReader reader = new(RequestHead.Size, int.MaxValue - RequestHead.Size, trusted: int.MaxValue);

    private WorkerSetup setup = null!;
    private FunctionLoader loader = null!;
    private ResultBuffer results = null!;
    private WarmUp? warmUp;
    private CancellationTokenSource? cancellation; // of the running job, if its function takes a token
    private CancelRequest? cancelling; // the last request, of any job
    private long runningAttempt;
    private long runningSince;
    private OwnerWatch? ownerWatch;
    private SessionNiceness? sessionNiceness;
    private BetweenJobs between = null!;
    private long cpu; // the process's CPU time at the end of the last job, in ns
    private long openDescriptors; // as of the last call of LooksAtDescriptors
    private long longestRun; // since memory was last checked between jobs, in ns
    private bool retiring;

    public WorkerLoop(SharedPage* page)
    {
        this.page = page;
        responses = new ResponseStream(page);
        guard = new MemoryGuard(page, Tick);
    }

    public int Run()
    {
        while (true)
        {
            while (reader.TryRead(out var frame))
            {
                var head = HeadOf(frame);
                var body = frame[RequestHead.Size..];
                if (head.Kind == RequestKind.Job)
                    RunJob(head, body);
                else if (SetUp(body) is { } refusal)
                    return Program.Refuse(refusal);
            }

            responses.Flush();
            if (setup is not null && reader.Pending == 0)
                LookAtMemory(); // not while a large request arrives: its bytes are not a job's leftovers
            if (warmUp is not null)
                WarmUpWhileIdle(warmUp);
            sessionNiceness?.TrySet();
            cpu = CpuNanoseconds(); // here, where no caller waits for it; the process uses no CPU time while it sleeps
            if (!Receive())
                return WorkerExitCodes.Dismissed;
        }
    }

    /// <summary>Equivalent to MemoryMarshal.Read, which the runtime would have to compile while the parent waits for this worker.</summary>
    private static RequestHead HeadOf(ReadOnlySpan<byte> frame)
    {
        fixed (byte* bytes = frame)
            return *(RequestHead*)bytes;
    }

    private bool Receive()
    {
        if (reader.Growth is > LargeAllocation and var size)
            guard.AllowRequest(size);
        if (Volatile.Read(ref page->NextIsSoon) != 0)
            PollForNext();
        var free = reader.Free();
        fixed (byte* bytes = free)
        {
            var count = Descriptor.Read(WorkerDescriptors.Requests, bytes, free.Length);
            if (count < 0)
                LibC.ExitNow(WorkerExitCodes.ChannelLost);
            reader.Advance(count);
            return count > 0;
        }
    }

    private static void PollForNext()
    {
        var requests = new LibC.PollFd { Fd = WorkerDescriptors.Requests, Events = LibC.POLLIN };
        for (var i = 0; i < PollsBeforeSleep && LibC.Poll(&requests, 1, 0) == 0; i++)
            Thread.Yield();
    }

    private string? SetUp(ReadOnlySpan<byte> body)
    {
        setup = WorkerSetup.Read(body.ToArray());
        ownerWatch = new OwnerWatch(page, setup.MaxOwnerSilence);
        sessionNiceness = setup.Niceness > 0 ? new SessionNiceness(setup.Niceness) : null;
        sessionNiceness?.TrySet();
        if ((WorkerHardening.Apply(setup) ?? JobCulture.Apply(setup)) is { } refusal)
            return refusal;
        guard.MaxPayloadBytes = setup.MaxPayloadBytes;
        results = new ResultBuffer(Math.Max(setup.MaxPayloadBytes, FailureBody.MaxBytes), guard.AllowLargeResult);
        var policy = FunctionPolicy.Read(setup.FunctionPolicy);
        loader = new FunctionLoader(policy, setup.MaxPayloadBytes);
        guard.TakeFresh();
        Tell(ResponseKind.Ready, "");
        between = new BetweenJobs(proc, guard, setup.Niceness);
        warmUp = new WarmUp(loader, policy, guard, between);
        new FinalizerCrash(page, between.Finalizers, () => Volatile.Read(ref runningAttempt)).Watch();
        return null;
    }

    /// <summary>Warms up until the first request arrives; jobs warm up the rest.</summary>
    private void WarmUpWhileIdle(WarmUp steps)
    {
        warmUp = null;
        while (!WarmUp.HasRequests())
        {
            if (steps.IsPending)
            {
                steps.Step();
                continue;
            }

            guard.TakeFresh();
            return;
        }
    }

    private void RunJob(in RequestHead head, ReadOnlySpan<byte> call)
    {
        ref var claim = ref page->Claims[head.Slot & (SharedPage.Slots - 1)];
        var start = Stopwatch.GetTimestamp();
        var offer = SharedPage.OfferOf(head.Attempt);
        if (retiring || Interlocked.CompareExchange(ref claim, start, offer) != offer)
            return;

        page->CpuAtStart = cpu;
        guard.Begin(head, call.Length);
        Volatile.Write(ref runningSince, start);
        Volatile.Write(ref runningAttempt, head.Attempt);
        var known = loader.Loads;
        var kind = Execute(call, head, results);
        var ran = Stopwatch.GetTimestamp() - start;
        if (ran > WorkerTuning.Between.BriefRun)
            guard.CheckProcessesAtEnd();
        fileLimit.Restore();
        between.EndContext();
        Volatile.Write(ref cancellation, null);
        Volatile.Write(ref runningAttempt, 0);
        guard.End();
        between.Restore(ran);
        if (Interlocked.CompareExchange(ref claim, SharedPage.Finished, start) != start)
            Thread.Sleep(Timeout.Infinite); // the kill has already been sent
        Respond(kind, head, start, ran, CpuTimeOf(ran), results);
        results.Reset();
        longestRun = Math.Max(longestRun, ran);
        if (between.IsLookDue(ran, loader.Loads != known))
            LookAround(ran, loader.Loads != known);
    }

    /// <summary>Runs the function under its limits and writes its result or its failure.</summary>
    private ResponseKind Execute(ReadOnlySpan<byte> call, in RequestHead head, ResultBuffer result)
    {
        try
        {
            fileLimit.Set(head.MaxFileBytes);
            var function = loader.Bind(call);
            guard.Start();
            function.Invoke(function.TakesToken ? NewToken() : default);
            guard.CheckAtEnd();
            guard.StartWriting();
            function.WriteResult(result);
            if (result.IsTooLarge || result.Written > setup.MaxPayloadBytes)
                return Fail(TooLarge(), result);
            return result.Written <= ReadBudget.MostBytes(head.MaxHeapBytes)
                ? ResponseKind.Value
                : Fail(new NotSupportedException(ReadBudget.TooLarge(result.Written, head.MaxHeapBytes)), result);
        }
        catch (Exception exception)
        {
            guard.CheckAtFailure();
            guard.StartWriting();
            return Fail(result.IsTooLarge ? TooLarge() : exception, result);
        }
    }

    /// <summary>Each job gets a new token, because a job may keep its token and the thread that cancels it may be late.</summary>
    private CancellationToken NewToken()
    {
        var source = new CancellationTokenSource();
        Volatile.Write(ref cancellation, source);
        return source.Token;
    }

    private static ResponseKind Fail(Exception exception, ResultBuffer result)
    {
        result.Reset();
        result.Write(ExceptionText.Of(exception).Write());
        return ResponseKind.Failure;
    }

    private NotSupportedException TooLarge()
        => new($"The result takes more than {setup.MaxPayloadBytes} bytes; HandlerOptions.MaxPayloadBytes allows {setup.MaxPayloadBytes}.");

    private void Respond(ResponseKind kind, in RequestHead head, long start, long ran, long cpuTime, ResultBuffer body)
        => responses.Append(
            new ResponseHead
            {
                Kind = kind,
                Slot = head.Slot,
                Attempt = head.Attempt,
                StartedAt = start,
                RunNanoseconds = ran,
                CpuNanoseconds = cpuTime,
                PeakManaged = page->PeakManaged,
                PeakResident = page->PeakResident,
                StartedCpuNanoseconds = guard.EndedProcessesCpu,
                PeakProcesses = page->PeakProcesses,
            },
            body);

    /// <summary>Sends a message that concerns no particular job.</summary>
    private void Tell(ResponseKind kind, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var body = new ResultBuffer(bytes.Length);
        body.Write(bytes);
        Respond(kind, default, 0, 0, 0, body);
        responses.Flush();
    }

    private void LookAround(long ran, bool isNew)
    {
        if (reader.Pending == 0 || isNew)
            responses.Flush(); // the caller does not wait for the checks that follow
        if (!between.Look(ran, isNew) || !setup.RetireOnLeftovers)
            return;
        responses.Flush();
        if (between.Confirm(ran, isNew) is { } left)
            Retire($"{loader.LastName ?? "a job"} {left}");
    }

    /// <summary>
    /// Reading the process clock costs as much as a short job. A job shorter than <see cref="ShortRun"/> is therefore assumed to have used
    /// the processor for its whole run time.
    /// </summary>
    private long CpuTimeOf(long ran)
    {
        if (ran < ShortRun)
        {
            cpu += ran;
            return ran;
        }

        var now = CpuNanoseconds();
        var used = Math.Max(0, now - cpu);
        cpu = now;
        return used;
    }

    private void LookAtMemory()
    {
        if (guard.AllocatedSinceBase > LargeAllocation)
            guard.Recover(withDescriptors: LooksAtDescriptors());
        else if (longestRun > LongRun)
            guard.TakeResident(withDescriptors: LooksAtDescriptors());
        else
            return;
        longestRun = 0;
        if (guard.Live - guard.FreshLive > setup.MaxGrowthBytes)
            Retire($"jobs left {guard.Live - guard.FreshLive} bytes of live objects behind");
        else if (guard.Resident - guard.FreshResident > setup.MaxGrowthBytes)
            Retire($"resident memory grew by {guard.Resident - guard.FreshResident} bytes");
    }

    /// <summary>
    /// Checking the files in memory takes some hundred microseconds. It is done after long jobs, when descriptors were opened or closed,
    /// and when descriptors cannot be counted.
    /// </summary>
    private bool LooksAtDescriptors()
    {
        var before = openDescriptors;
        openDescriptors = proc.DescriptorCount();
        return openDescriptors != before || openDescriptors == 0 || longestRun > VeryLongRun || guard.HoldsThroughDescriptors;
    }

    private void Retire(string reason)
    {
        if (retiring)
            return;
        retiring = true;
        if (ProcSelf.HasChildren())
            StartedProcesses.KillLeft(); // also those outside its session, which its node cannot find once it has exited
        Tell(ResponseKind.Retire, reason);
    }

    /// <summary>Runs on the guard's thread, about every millisecond while a job runs.</summary>
    private void Tick()
    {
        responses.FlushIfFree();
        ownerWatch?.Check(Volatile.Read(ref runningAttempt), Volatile.Read(ref runningSince));
        var asked = Volatile.Read(ref page->CancelAttempt);
        if (asked != 0
            && asked == Volatile.Read(ref runningAttempt)
            && Volatile.Read(ref cancellation) is { } source
            && asked == Volatile.Read(ref runningAttempt))
        {
            page->CancelAttempt = 0;
            cancelling = new CancelRequest(source);
            cancelling.Queue();
        }
        else if (cancelling is { IsLate: true } late)
        {
            cancelling = null;
            late.RunApart();
        }
    }

    private static long CpuNanoseconds()
    {
        LibC.TimeSpec time;
        _ = LibC.ClockGetTime(LibC.CLOCK_PROCESS_CPUTIME_ID, &time);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }
}
