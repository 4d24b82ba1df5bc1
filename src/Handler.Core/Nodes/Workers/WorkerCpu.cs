using Handler.Infrastructure;

namespace Handler.Nodes;

/// <summary>
/// Attributes the CPU time of one worker to its jobs. A worker reports how much each job used, but the job may have changed that
/// figure, so it is kept within the figures that this node has read itself.
/// </summary>
internal sealed class WorkerCpu
{
    private Job? readFor;
    private long readWithin;

    /// <summary>The worker's CPU time at some point before its first job started, in ns.</summary>
    public long Before { get; private set; }

    /// <summary>Whether the CPU time was already read for a job.</summary>
    public bool IsReadFor(Job job) => readFor == job;

    /// <summary>Records the worker's CPU time.</summary>
    /// <param name="job">The job that the worker runs or is about to get.</param>
    /// <param name="total">The worker's CPU time now, in ns.</param>
    /// <param name="isStart">Whether that job has not started yet.</param>
    public void Note(Job job, long total, bool isStart)
    {
        (readFor, readWithin) = (job, total);
        if (isStart)
            Before = total;
    }

    /// <summary>The CPU time of a job that has ended, in ns.</summary>
    /// <param name="job">The job.</param>
    /// <param name="said">The worker's figure.</param>
    /// <param name="total">The worker's CPU time now, as read by this node; 0 if it was not read.</param>
    /// <param name="own">How much of it the worker may have used itself, to read the call and write the response.</param>
    /// <param name="most">The upper bound that follows from other facts.</param>
    public long Of(Job job, long said, long total, long own, long most)
    {
        said = Math.Clamp(said, 0, most);
        if (total == 0)
            return said;
        said = Math.Min(said, Math.Max(0, total - Before));
        var seen = readFor == job ? total - readWithin : 0;
        Before = total;
        return said + (seen / 8) + own < seen ? seen : said;
    }

    /// <summary>How long to wait before CPU time is measured again: no earlier can a job use up what is left.</summary>
    /// <param name="left">How much CPU time the job may still use.</param>
    /// <param name="isIdle">Whether it has used next to none since the last measurement. It may sleep just below its limit.</param>
    public static long Pause(long left, bool isIdle = false)
        => Math.Max(isIdle ? Tuning.Watch.ProcessInterval : Tuning.Watch.LeastCpuInterval, left / Environment.ProcessorCount);

    /// <summary>
    /// The CPU time that a job has used. Its worker may have worked for the previous job until shortly before; what it says about that is
    /// believed within the usual range.
    /// </summary>
    /// <param name="before">The worker's CPU time when the job was assigned.</param>
    /// <param name="atStart">The worker's own figure for its CPU time at the job's start.</param>
    /// <param name="now">The worker's CPU time now.</param>
    /// <param name="startedBefore">The CPU time of started processes when the job was assigned.</param>
    /// <param name="startedNow">The CPU time of started processes at the last look.</param>
    public static long Used(long before, long atStart, long now, long startedBefore, long startedNow)
        => Math.Max(0, now - Math.Clamp(atStart, before, before + Tuning.Workers.OwnCpu)) + Math.Max(0, startedNow - startedBefore);
}
