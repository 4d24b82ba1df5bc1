namespace Handler.Nodes;

/// <summary>
/// The jobs of one child that wait for a worker: highest priority first, first in, first out within a priority. A job that is returned goes
/// to the front of its priority. The links are stored in the jobs, so removing one from the middle takes constant time, and a job of the
/// usual priority, 0, causes no allocation.
/// </summary>
internal sealed class JobLevels
{
    private readonly Level usual = new(0);
    private SortedDictionary<int, Level>? others; // the nonempty queues of other priorities, highest first
    private Level next; // its first job is the next one to run

    public JobLevels() => next = usual;

    public int Count { get; private set; }

    public Job? First => next.First;

    public void AddLast(Job job)
    {
        var level = Enter(job);
        job.Previous = level.Last;
        if (level.Last is null)
            level.First = job;
        else
            level.Last.Next = job;
        level.Last = job;
    }

    public void AddFirst(Job job)
    {
        var level = Enter(job);
        job.Next = level.First;
        if (level.First is null)
            level.Last = job;
        else
            level.First.Previous = job;
        level.First = job;
    }

    /// <summary>Removes a job that is <see cref="Job.Queued"/>.</summary>
    public void Remove(Job job)
    {
        var level = job.Priority == 0 ? usual : others![job.Priority];
        if (job.Previous is null)
            level.First = job.Next;
        else
            job.Previous.Next = job.Next;
        if (job.Next is null)
            level.Last = job.Previous;
        else
            job.Next.Previous = job.Previous;
        job.Next = job.Previous = null;
        job.Queued = false;
        Count--;
        if (level.First is null && others is { Count: > 0 })
            Leave(level);
    }

    private Level Enter(Job job)
    {
        job.Queued = true;
        Count++;
        if (job.Priority == 0 && others is not { Count: > 0 })
            return usual;
        var level = usual;
        if (job.Priority != 0)
        {
            others ??= new(Comparer<int>.Create(static (a, b) => b.CompareTo(a)));
            if (!others.TryGetValue(job.Priority, out level!))
                others.Add(job.Priority, level = new Level(job.Priority));
        }

        if (next.First is null || next.Priority < level.Priority)
            next = level;
        return level;
    }

    /// <summary>Called when the queue of one priority has become empty.</summary>
    private void Leave(Level level)
    {
        if (level != usual)
            others!.Remove(level.Priority);
        if (next != level)
            return;
        var highest = others!.Count > 0 ? others.First().Value : usual;
        next = usual.First is not null && highest.Priority < 0 ? usual : highest;
    }

    /// <summary>The jobs of one priority.</summary>
    private sealed class Level(int priority)
    {
        public int Priority => priority;

        public Job? First { get; set; }

        public Job? Last { get; set; }
    }
}
