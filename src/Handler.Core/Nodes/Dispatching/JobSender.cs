using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>Sends jobs to the workers that they are assigned to. Never blocks, and is called without the gate.</summary>
internal sealed class JobSender(LargeSends large)
{
    /// <summary>Sends one job to a worker that waits for it.</summary>
    public void Send(IWorkerProcess process, Job job)
    {
        var length = RequestFrame.LengthOf(job);
        if (length > Tuning.SendAhead.MaxJobBytes)
        {
            large.Send(process, job);
            return;
        }

        Span<byte> frame = stackalloc byte[length];
        RequestFrame.Write(job, frame);
        job.SentAfter = process.SentBytes;
        process.Send(frame);
    }

    /// <summary>Sends the jobs of an <see cref="Assignment.AssignWaiting"/>.</summary>
    public void SendAll(List<(IWorkerProcess Process, Job Job)>? sends)
    {
        foreach (var (process, job) in sends ?? [])
            Send(process, job);
    }
}
