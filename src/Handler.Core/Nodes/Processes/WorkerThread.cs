using Handler.Infrastructure;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// The thread that owns one worker process: starts it, takes its responses and its output, sends it the waiting jobs, and, when it has
/// exited, decides the outcomes of its jobs and reaps it. While it has nothing else to do, callers' code may continue on it; see
/// <see cref="InlineContinuation"/>.
/// </summary>
internal sealed class WorkerThread : IWorkerThread
{
    private readonly WorkerThreadPorts ports;
    private readonly WorkerLifecycle lifecycle;
    private readonly Worker worker;
    private readonly WorkerOutput output = new();
    private readonly ResponseReader responses;
    private readonly byte[] sendBuffer
        = GC.AllocateUninitializedArray<byte>(Tuning.SendAhead.MaxBytesTogether + Tuning.SendAhead.MaxJobBytes);

    private bool hasNext;
    private bool isOnOwnThread;
    private IWorkerProcess process = null!;

    /// <summary>The execution context of a thread on which nothing has been set.</summary>
    private ExecutionContext empty = null!;

    public WorkerThread(WorkerThreadPorts ports, Worker worker)
    {
        this.ports = ports;
        this.worker = worker;
        lifecycle = ports.Lifecycle;
        responses = new ResponseReader(ports, worker, output);
    }

    /// <inheritdoc/>
    public void Run()
    {
        try
        {
            process = ports.Platform.Start(WorkerGroup.Of(worker).Profile.Command);
        }
        catch (Exception exception)
        {
            CannotStart(exception.Message);
            return;
        }

        try
        {
            lifecycle.Started(worker, process);
            process.Send(WorkerGroup.Of(worker).Profile.SetupFrame);
        }
        catch (Exception exception)
        {
            lifecycle.ThreadFailed(worker, exception);
        }

        ContinueServing();
    }

    /// <inheritdoc/>
    public void CannotStart(string reason) => lifecycle.CannotStart(worker, reason);

    /// <inheritdoc/>
    public void ContinueServing()
    {
        isOnOwnThread = true;
        empty = ExecutionContext.Capture()!; // the thread has just started and has no context of other code
        while (ServeOne(Await()))
        {
        }
    }

    /// <inheritdoc/>
    public bool ServeWithoutWaiting()
    {
        isOnOwnThread = false;
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
            lifecycle.ProtocolBroken(worker, exception.Message);
        }
        catch (Exception exception)
        {
            // An error in Handler must not end the whole host; this worker's jobs get their outcomes.
            lifecycle.ThreadFailed(worker, exception);
        }

        End();
        return false;
    }

    private Next Serve(WorkerEvents events)
    {
        if ((events & WorkerEvents.Output) != 0)
            output.Take(process, OutputStream.Output);
        if ((events & WorkerEvents.Error) != 0)
            output.Take(process, OutputStream.Error);
        if ((events & WorkerEvents.Responses) != 0 && !Receive())
            return Next.Leave;
        if (events == WorkerEvents.Closed)
        {
            lifecycle.PipeClosed(worker);
            return Next.End;
        }

        return (events & (WorkerEvents.Exited | WorkerEvents.Responses)) == WorkerEvents.Exited ? Next.End : Next.Serve;
    }

    private WorkerEvents Await()
    {
        // The caller submitted its next job while it ran inline on this thread: that job will be done before this thread has gone to sleep.
        var events = WorkerEvents.None;
        for (var i = 0; i < WorkerTuning.Loop.PollsBeforeSleep && hasNext && (events = process.Look()) == WorkerEvents.None; i++)
            Thread.Yield();
        hasNext = false;
        return events == WorkerEvents.None ? process.Wait() : events;
    }

    /// <returns>Whether the worker is still this thread's.</returns>
    private bool Receive()
    {
        var ended = responses.Receive(process);
        if (ended == 0)
            return true;

        // Jobs that already wait are sent first, so that the worker does not idle while the callers continue. If too few wait, the
        // callers continue first, and the worker gets their next jobs in one write.
        if (isOnOwnThread && responses.Ended.Find(static job => job.MayContinueInline) is { } inline)
        {
            SendMore();
            responses.Ended.Remove(inline);
            Release();
            return ContinueInline(inline);
        }

        if (ports.Responses.StartGathering(worker, ended))
        {
            Release();
            Gather(ended);
            SendMore();
        }
        else
        {
            SendMore();
            Release();
        }

        return true;
    }

    /// <summary>Releases a job, and runs its caller's code on this thread.</summary>
    /// <returns>Whether the worker is still this thread's.</returns>
    private bool ContinueInline(Job job)
    {
        if (!ports.Delivery.DeliverInline(job, empty, worker.Inline)) // no caller's context reaches the next, as on the thread pool
            return false;
        hasNext = worker.JobCount > 0;
        return true;
    }

    /// <summary>
    /// Leaves the processor to the callers until as many jobs wait as have ended. Yields instead of spinning, because on a busy
    /// machine the callers need this very processor.
    /// </summary>
    private void Gather(int ended)
    {
        for (var i = 0; i < Tuning.SendAhead.GatherYields && worker.Set.Queue.Count < ended; i++)
            Thread.Yield();
    }

    /// <summary>
    /// Sends the waiting jobs to the worker before the callers that it has responded to continue, so that it does not idle meanwhile.
    /// </summary>
    private void SendMore()
    {
        var refill = ports.Responses.Refill(worker, sendBuffer);
        if (refill.Length > 0)
            process.Send(sendBuffer.AsSpan(0, refill.Length));
        if (refill.Alone is { } alone)
            ports.Sender.Send(process, alone);
        if (refill.WasEmpty)
            output.Clear();
        ports.Sender.SendAll(refill.Others);
    }

    private void Release()
    {
        foreach (var job in responses.Ended)
            ports.Delivery.Deliver(job);
        responses.Ended.Clear();
    }

    /// <summary>Ends the worker. Whatever fails here, its jobs get their outcomes and its place becomes free.</summary>
    private void End()
    {
        try
        {
            var status = process.ReadExit();
            output.TakeRest(process);
            responses.Finish(process); // while the worker still counts, because the node keeps its thread for outcomes until then
            lifecycle.Exited(
                worker,
                status,
                output.ErrorText,
                output.LastWords,
                (job, failure, startedAt) => responses.SetFailure(job, failure, startedAt, status));
        }
        catch (Exception exception)
        {
            lifecycle.Abandon(worker, exception);
        }

        Release();
        lifecycle.PlaceIsFree();
        process.Dispose();
        lifecycle.Replace(worker);
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
