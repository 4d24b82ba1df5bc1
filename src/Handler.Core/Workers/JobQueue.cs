namespace Handler.Workers;

/// <summary>
/// Jobs that wait for a worker: first in, first out, but a job handed back goes to the front, where it came from. The links are
/// the jobs' own, so that taking one out of the middle costs nothing.
/// </summary>
internal sealed class JobQueue
{
    private Job? last;

    public int Count { get; private set; }

    public Job? First { get; private set; }

    public void AddLast(Job job)
    {
        job.Previous = last;
        if (last is null)
            First = job;
        else
            last.Next = job;
        last = job;
        Enter(job);
    }

    public void AddFirst(Job job)
    {
        job.Next = First;
        if (First is null)
            last = job;
        else
            First.Previous = job;
        First = job;
        Enter(job);
    }

    public Job RemoveFirst()
    {
        var job = First ?? throw new InvalidOperationException("No job waits.");
        Remove(job);
        return job;
    }

    /// <summary>Takes out a job that is <see cref="Job.Queued"/>.</summary>
    public void Remove(Job job)
    {
        if (job.Previous is null)
            First = job.Next;
        else
            job.Previous.Next = job.Next;
        if (job.Next is null)
            last = job.Previous;
        else
            job.Next.Previous = job.Previous;
        job.Next = job.Previous = null;
        job.Queued = false;
        Count--;
    }

    private void Enter(Job job)
    {
        job.Queued = true;
        Count++;
    }
}
