using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Handler.Functions;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// Reads the responses of one worker, and sets the outcomes of the jobs that they name. Used by the thread that serves the worker.
/// </summary>
internal sealed unsafe class ResponseReader(WorkerThreadPorts ports, Worker worker, WorkerOutput output)
{
    private readonly WorkerResponses responses = ports.Responses;
    private readonly FrameReader reader
        = new(ResponseHead.Size, ResponseHead.Size + Math.Max(ports.MaxPayloadBytes, FailureBody.MaxBytes));

    private readonly UsageReader usages = new(worker);
    private readonly ResultReader results = new(
        run => ports.Platform.StartThread(ResultReader.ThreadName, run),
        exception => ports.Lifecycle.ThreadFailed(worker, exception));

    private int leftToReader; // since the last Receive began
    private long received;

    /// <summary>The jobs whose outcomes are set and not yet delivered.</summary>
    public List<Job> Ended { get; } = [];

    /// <summary>Takes what has arrived.</summary>
    /// <returns>How many jobs have ended.</returns>
    /// <exception cref="FrameException">The bytes are no responses of this worker.</exception>
    public int Receive(IWorkerProcess process)
    {
        var count = process.Receive(reader.Free());
        reader.Advance(count);
        worker.Received = received += count;
        TakeFrames();
        RefuseTooLarge();
        var ended = Ended.Count + leftToReader;
        leftToReader = 0;
        return ended;
    }

    /// <summary>Takes what is left after the process has exited.</summary>
    public void Finish(IWorkerProcess process)
    {
        try
        {
            Salvage(process);
        }
        catch (FrameException)
        {
            // A crash left a half-written frame, which is no response.
        }

        results.Finish();
    }

    /// <summary>Sets the outcome of a job that the worker has not responded to before it exited.</summary>
    /// <param name="job">The job.</param>
    /// <param name="failure">How it ended.</param>
    /// <param name="startedAt">When it started; <see langword="null"/> if it did not.</param>
    /// <param name="status">How the worker exited.</param>
    public void SetFailure(Job job, JobFailure failure, long? startedAt, ExitStatus status)
    {
        var usage = startedAt is { } at ? usages.AtExit(job, at, status, Stopwatch.GetTimestamp()) : null;
        job.SetFailure(failure, usage, output.Of(job, completed: false));
        Ended.Add(job);
    }

    private void TakeFrames()
    {
        while (reader.TryRead(out var frame))
        {
            var head = MemoryMarshal.Read<ResponseHead>(frame);
            var body = frame[ResponseHead.Size..];
            switch (head.Kind)
            {
                case ResponseKind.Ready:
                    ports.Lifecycle.Ready(worker);
                    break;
                case ResponseKind.Value or ResponseKind.Failure:
                    TakeResponse(head, body);
                    break;
                case ResponseKind.Retire:
                    ports.Lifecycle.Retire(worker, Encoding.UTF8.GetString(body));
                    break;
                default:
                    throw new FrameException($"A response has kind {(int)head.Kind}, which does not exist.");
            }
        }
    }

    /// <summary>Checks the head of a response whose body has not arrived yet: it must not be larger than its job allows.</summary>
    private void RefuseTooLarge()
    {
        if (reader.Pending < ResponseHead.Size)
            return;
        var head = MemoryMarshal.Read<ResponseHead>(reader.Begun);
        var length = head.Length - (long)ResponseHead.Size;
        if (length <= FailureBody.MaxBytes)
            return;
        if (head.Kind != ResponseKind.Value)
            throw new FrameException($"A response of kind {(int)head.Kind} has {length} bytes; the maximum is {FailureBody.MaxBytes}.");
        if (responses.Find(worker, head.Slot, head.Attempt) is not { } job)
            throw new FrameException($"A response names attempt {head.Attempt} in slot {head.Slot}, which this worker does not have.");
        if (length <= ReadBudget.MostBytes(job.Limits.MaxHeapBytes))
            return;

        // A sound worker refuses to send such a value. The job gets its outcome, and this worker can no longer be trusted.
        var now = Stopwatch.GetTimestamp();
        if (responses.Take(worker, head.Slot, head.Attempt, head.RunNanoseconds, now) is not null)
        {
            var why = ReadBudget.TooLarge(length, job.Limits.MaxHeapBytes);
            var failed = new JobFailed(typeof(NotSupportedException).FullName!, why, why);
            job.SetFailure(failed, usages.OfResponse(job, head, 0, now), output.Of(job, completed: false));
            Ended.Add(job);
        }

        throw new FrameException($"A response has {length} bytes, more than its job allows.");
    }

    private void TakeResponse(in ResponseHead head, ReadOnlySpan<byte> body)
    {
        var thrown = head.Kind == ResponseKind.Failure ? FailureBody.Read(body) : default;
        var now = Stopwatch.GetTimestamp();
        if (responses.Take(worker, head.Slot, head.Attempt, head.RunNanoseconds, now) is not { } job)
            return;
        var usage = usages.OfResponse(job, head, body.Length, now);
        var late = TimedOut(job.Limits, usage);
        if (late is null && head.Kind == ResponseKind.Value)
        {
            if (TryLeaveToReader(job, body.Length, usage))
                return;
            job.SetValue(body, usage, output.Of(job, completed: true));
        }
        else
        {
            job.SetFailure((JobFailure?)late ?? FailureOf(job, thrown), usage, output.Of(job, completed: false));
        }

        Ended.Add(job);
    }

    /// <returns><see langword="null"/> if the job has kept its time limits.</returns>
    private static JobTimedOut? TimedOut(JobLimits limits, JobUsage usage)
    {
        if (usage.RunTime > limits.Timeout)
            return new JobTimedOut(limits.Timeout, usage.RunTime);
        return limits.CpuTime is { } limit && usage.CpuTime > limit
            ? new JobTimedOut(limit, usage.CpuTime) { Clock = TimeLimitClock.CpuTime }
            : null;
    }

    /// <summary>Leaves a large value to another thread, so that this one is free for the worker.</summary>
    private bool TryLeaveToReader(Job job, int length, JobUsage usage)
    {
        if (job.IsQuickToRead(length) || !results.TryTake(job, reader.Take(length), usage, output.Of(job, completed: true)))
            return false;
        leftToReader++;
        return true;
    }

    /// <summary>
    /// If a job was told to end and then throws, it counts as stopped, whether the exception is that of its token or a consequence of it.
    /// </summary>
    private JobFailure FailureOf(Job job, in FailureBody thrown)
    {
        if (job is not { Stopped: { } stopped, ToldToEnd: true })
            return new JobFailed(thrown.Type, thrown.Message, thrown.Text) { Hardening = HardeningAgainst(thrown.Refused) };
        return IsCancellation(thrown.Type)
            ? stopped
            : stopped with { Reason = $"{stopped.Reason}; it ended with {thrown.Type}: {thrown.Message}" };
    }

    private string? HardeningAgainst(RefusedCall refused)
        => refused == RefusedCall.None ? null : RefusingOptions.Of(WorkerGroup.Of(worker).Profile.Options.Hardening, refused);

    private static bool IsCancellation(string type)
        => type == typeof(OperationCanceledException).FullName || type == typeof(TaskCanceledException).FullName;

    /// <summary>
    /// Takes the responses that the worker had finished but not yet written when it exited. They are still in the shared page.
    /// </summary>
    private void Salvage(IWorkerProcess process)
    {
        var left = PublishedResponses.After(process.Page, received);
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
}
