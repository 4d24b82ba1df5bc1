namespace Handler.Remote;

/// <summary>
/// The last line, whatever pools believe: so many jobs and so many bytes a node takes, those included that wait for a worker. Asked before any pool
/// is. Safe for any number of threads.
/// </summary>
/// <param name="workers">How many jobs run at once.</param>
/// <param name="queued">How many more may wait for a worker.</param>
/// <param name="bytes">How many bytes all of them may reserve together.</param>
internal sealed class NodeCapacity(int workers, int queued, long bytes)
{
    private readonly Lock gate = new();

    public int Jobs { get; private set; }

    public long Bytes { get; private set; }

    public int MaxJobs { get; } = workers + queued;

    public long MaxBytes => bytes;

    /// <summary>How many jobs could start at once; negative when as many wait.</summary>
    public int FreeWorkers => workers - Jobs;

    public long FreeBytes => bytes - Bytes;

    /// <summary>Takes a place, or says which dimension has none.</summary>
    public RejectReason? TryTake(long requested)
    {
        lock (gate)
        {
            if (Jobs >= MaxJobs)
                return RejectReason.NoWorkersAvailable;
            if (requested > bytes - Bytes)
                return RejectReason.InsufficientMemory;
            Jobs++;
            Bytes += requested;
            return null;
        }
    }

    public void Give(long given)
    {
        lock (gate)
        {
            Jobs--;
            Bytes -= given;
        }
    }
}
