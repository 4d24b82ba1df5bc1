using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// The jobs of one worker, each in a slot of the shared page. The worker takes its jobs in the order in which they were added.
/// </summary>
internal sealed class SlotTable
{
    private readonly Job?[] jobs = new Job?[SharedPage.Slots];
    private int firstSlot;
    private int nextSlot;

    public int Count { get; private set; }

    /// <summary>
    /// The first job: the one that the worker runs or starts next. <see langword="null"/> if there is none.
    /// </summary>
    public Job? First
    {
        get
        {
            if (Count == 0)
                return null;
            while (jobs[firstSlot] is null)
                firstSlot = (firstSlot + 1) % SharedPage.Slots;
            return jobs[firstSlot];
        }
    }

    /// <summary>Puts a job into a free slot. There must be one.</summary>
    public void Add(Job job)
    {
        while (jobs[nextSlot] is not null)
            nextSlot = (nextSlot + 1) % SharedPage.Slots;
        if (Count++ == 0)
            firstSlot = nextSlot;
        jobs[nextSlot] = job;
        job.Slot = nextSlot;
        nextSlot = (nextSlot + 1) % SharedPage.Slots;
    }

    public void Remove(Job job)
    {
        jobs[job.Slot] = null;
        Count--;
    }

    /// <summary>The job in a slot, if it has the given attempt number.</summary>
    public Job? Find(int slot, long attempt)
        => slot < jobs.Length && jobs[slot] is { } job && job.Attempt == attempt ? job : null;

    /// <summary>All jobs, in the order in which they were added.</summary>
    public IEnumerable<Job> InOrder()
    {
        for (var i = 0; i < jobs.Length; i++)
        {
            if (jobs[(nextSlot + i) % jobs.Length] is { } job)
                yield return job;
        }
    }
}
