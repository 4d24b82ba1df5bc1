namespace Handler.Nodes;

/// <summary>
/// Jobs that wait for a worker: the higher priority first, within it first in, first out; but a job handed back goes to the front of its line, where it came from. The links are
/// the jobs' own, so that taking one out of the middle costs nothing, and nothing is allocated for a job of the usual priority, 0.
/// </summary>
internal sealed class JobQueue
{
    private readonly Line usual = new(0);
    private SortedDictionary<int, Line>? others; // those of other priorities in which somebody waits, the highest first
    private Line next; // the one whose first job is the next

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
        var job = First ?? throw new InvalidOperationException("No job waits.");
        Remove(job);
        return job;
    }

    /// <summary>Takes out a job that is <see cref="Job.Queued"/>.</summary>
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

    /// <summary>Nobody waits in a line any more.</summary>
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
