namespace Handler.Nodes;

/// <summary>Calculates how many worker processes there should be. Pure arithmetic.</summary>
internal readonly record struct WorkerPlan(int Min, int Max, int Spare)
{
    /// <summary>The total number of processes wanted.</summary>
    /// <param name="busy">Workers with a job.</param>
    /// <param name="queued">Jobs that wait.</param>
    public int Wanted(int busy, int queued) => (int)Math.Clamp((long)busy + queued, Min, Max) + Spare;

    /// <summary>The number of workers to start now.</summary>
    /// <param name="busy">Workers with a job.</param>
    /// <param name="queued">Jobs that wait.</param>
    /// <param name="staying">Workers that are starting, idle or busy, and not about to be replaced.</param>
    public int ToStart(int busy, int queued, int staying) => Math.Max(0, Wanted(busy, queued) - staying);

    /// <summary>Whether there are more workers than wanted, so that an idle one may end.</summary>
    public bool HasTooMany(int busy, int queued, int staying) => staying > Wanted(busy, queued);
}
