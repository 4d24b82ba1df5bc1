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
}
