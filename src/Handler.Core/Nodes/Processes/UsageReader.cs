using Handler.Infrastructure;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// Reads what a worker's jobs have used. The numbers come from a process that has run someone's code, so they are clamped to what this node
/// has seen and to what is possible.
/// </summary>
internal sealed unsafe class UsageReader(Worker worker)
{
    /// <summary>The usage of a job that the worker has responded to.</summary>
    /// <param name="job">The job.</param>
    /// <param name="head">The head of the response.</param>
    /// <param name="responseBytes">The size of the response.</param>
    /// <param name="now">The time.</param>
    public JobUsage OfResponse(Job job, in ResponseHead head, int responseBytes, long now)
    {
        var started = Math.Clamp(head.StartedAt, job.SentAt, job.Seen is { Start: not 0 and var seen } ? seen : now);
        var run = Math.Clamp(head.RunNanoseconds, 0, now - started);
        return new JobUsage
        {
            RunTime = Span(run),
            CpuTime = Span(Math.Max(job.Seen?.Cpu ?? 0, CpuOf(job, head, run, responseBytes))),
            QueueTime = Span(started - job.SubmittedAt),
            PeakManagedBytes = Math.Clamp(head.PeakManaged, 0, job.Limits.MaxHeapBytes),
            PeakResidentBytes = Math.Max(job.Seen?.PeakMemory ?? 0, Math.Clamp(head.PeakResident, 0, worker.MostMemoryOf(job))),
            PeakProcesses = ProcessesOf(job, head.PeakProcesses),
            MemoryEnforcer = MemoryEnforcer,
            WorkerPid = worker.Process!.Pid,
            AttemptId = job.Attempt,
        };
    }

    /// <summary>The usage of a job whose worker has exited without a response.</summary>
    /// <param name="job">The job.</param>
    /// <param name="startedAt">When the job started.</param>
    /// <param name="status">How the worker exited.</param>
    /// <param name="now">The time.</param>
    public JobUsage AtExit(Job job, long startedAt, ExitStatus status, long now)
    {
        var page = worker.Process!.Page;
        var most = worker.MostBelievedOf(job);
        // The kernel's figure includes the processes that this and earlier jobs have waited for.
        var total = status.CpuNanoseconds - Math.Clamp(page->EndedCpuAtStart, 0, status.CpuNanoseconds);
        var said = total - Math.Clamp(page->CpuAtStart, 0, total);
        return new JobUsage
        {
            RunTime = Span(now - startedAt),
            CpuTime = Span(Math.Max(job.Seen?.Cpu ?? 0, worker.Cpu.Of(job, said, total, OwnCpu(job, 0), total))),
            QueueTime = Span(startedAt - job.SubmittedAt),
            PeakManagedBytes = Math.Clamp(page->PeakManaged, 0, most),

            // Not the kernel's peak: that one includes this process's memory before exec.
            PeakResidentBytes = Math.Max(job.Seen?.PeakMemory ?? 0, Math.Clamp(page->PeakResident, 0, most)),
            PeakProcesses = ProcessesOf(job, page->PeakProcesses),
            MemoryEnforcer = MemoryEnforcer,
            WorkerPid = worker.Process.Pid,
            AttemptId = job.Attempt,
        };
    }

    private LimitEnforcer MemoryEnforcer => worker.Process!.IsLimitedByKernel ? LimitEnforcer.Kernel : LimitEnforcer.Worker;

    /// <summary>Asks the kernel only if that costs little compared with the job.</summary>
    private long CpuOf(Job job, in ResponseHead head, long run, int responseBytes)
    {
        var total = run > Tuning.Workers.RunToReadCpu ? worker.Process!.CpuNanoseconds() : 0;
        var most = run * Environment.ProcessorCount;
        var own = worker.Cpu.Of(job, head.CpuNanoseconds, total, OwnCpu(job, responseBytes), most);
        return own + Math.Clamp(head.StartedCpuNanoseconds, 0, Math.Max(0, most - own));
    }

    /// <summary>The worker cannot see more processes than its job may have.</summary>
    private static int ProcessesOf(Job job, long said)
        => (int)Math.Max(
            job.Seen?.PeakProcesses ?? 0, Math.Clamp(said, 0, (job.Limits.MaxProcesses ?? JobLimits.MostProcesses) + 1L));

    /// <summary>
    /// How much CPU time the worker may have used itself for a job, in ns: to warm itself up, read the call and write the response.
    /// </summary>
    private static long OwnCpu(Job job, int responseBytes)
        => Tuning.Workers.OwnCpu
            + (Tuning.Workers.OwnCpuPerByteRead * job.Call.Length)
            + (Tuning.Workers.OwnCpuPerByteWritten * responseBytes);

    private static TimeSpan Span(long nanoseconds) => new(Math.Max(0, nanoseconds) / TimeSpan.NanosecondsPerTick);
}
