namespace Handler.Nodes;

/// <summary>
/// Jobs that wait for a worker: highest priority first, first in, first out within a priority. A job that is returned goes to the front of
/// its priority. The links are stored in the jobs, so removing one from the middle takes constant time, and a job of the usual priority, 0,
/// causes no allocation.
/// </summary>
internal sealed class JobQueue
{
    private readonly Line usual = new(0);
    private SortedDictionary<int, Line>? others; // the nonempty queues of other priorities, highest first
    private Line next; // its first job is the next one to run

    public JobQueue() => next = usual;

    public int Count { get; private set; }

    public Job? First => next.First;

    public void AddLast(Job job)
    {
        var line = Enter(job);
        job.Previous = line.Last;
        if (line.Last is null)
            line.First = job;
        else
            line.Last.Next = job;
        line.Last = job;
    }

    public void AddFirst(Job job)
    {
        var line = Enter(job);
        job.Next = line.First;
        if (line.First is null)
            line.Last = job;
        else
            line.First.Previous = job;
        line.First = job;
    }

    public Job RemoveFirst()
    {
        var job = First ?? throw new InvalidOperationException("The queue is empty.");
        Remove(job);
        return job;
    }

    /// <summary>Removes a job that is <see cref="Job.Queued"/>.</summary>
    public void Remove(Job job)
    {
        var line = job.Priority == 0 ? usual : others![job.Priority];
        if (job.Previous is null)
            line.First = job.Next;
        else
            job.Previous.Next = job.Next;
        if (job.Next is null)
            line.Last = job.Previous;
        else
            job.Next.Previous = job.Previous;
        job.Next = job.Previous = null;
        job.Queued = false;
        Count--;
        if (line.First is null && others is { Count: > 0 })
            Leave(line);
    }

    private Line Enter(Job job)
    {
        job.Queued = true;
        Count++;
        if (job.Priority == 0 && others is not { Count: > 0 })
            return usual;
        var line = usual;
        if (job.Priority != 0)
        {
            others ??= new(Comparer<int>.Create(static (a, b) => b.CompareTo(a)));
            if (!others.TryGetValue(job.Priority, out line!))
                others.Add(job.Priority, line = new Line(job.Priority));
        }

        if (next.First is null || next.Priority < line.Priority)
            next = line;
        return line;
    }

    /// <summary>Called when the queue of one priority has become empty.</summary>
    private void Leave(Line line)
    {
        if (line != usual)
            others!.Remove(line.Priority);
        if (next != line)
            return;
        var highest = others!.Count > 0 ? others.First().Value : usual;
        next = usual.First is not null && highest.Priority < 0 ? usual : highest;
    }

    private sealed class Line(int priority)
    {
        public int Priority => priority;

        public Job? First { get; set; }

        public Job? Last { get; set; }
    }
}
