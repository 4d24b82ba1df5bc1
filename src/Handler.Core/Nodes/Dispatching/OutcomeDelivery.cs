using System.Diagnostics;

namespace Handler.Nodes;

/// <summary>Delivers outcomes to callers. Called without the gate.</summary>
internal sealed class OutcomeDelivery(NodeThreads threads)
{
    /// <summary>Delivers a job's outcome, which is set. Never throws, because the calling thread serves other jobs too.</summary>
    public void Deliver(Job job)
    {
        try
        {
            job.Release();
        }
        catch (Exception exception)
        {
            threads.DeliveryFailed(exception);
        }
    }

    /// <summary>The same, but if the caller's code may continue inline, it runs here, before this returns.</summary>
    /// <param name="job">The job.</param>
    /// <param name="context">The execution context of that code.</param>
    /// <param name="inline">The continuations on the calling thread, which is that of a worker.</param>
    /// <returns>Whether the worker still belongs to this thread. If not, the thread must not touch it again.</returns>
    public bool DeliverInline(Job job, ExecutionContext context, InlineContinuation inline)
    {
        var begun = inline.Begin(Stopwatch.GetTimestamp());
        try
        {
            ExecutionContext.Run(context, static job => ((Job)job!).ReleaseInline(), job);
        }
        catch (Exception exception)
        {
            threads.DeliveryFailed(exception);
        }

        return inline.TryEnd(begun);
    }

    /// <summary>Sets the outcome of a job that no worker has run to its end, and delivers it.</summary>
    public void Deliver(Job job, JobFailure failure)
    {
        job.SetFailure(failure, null, null);
        Deliver(job);
    }
}
