namespace Handler.Workers;

/// <summary>How many worker processes there ought to be. Pure arithmetic.</summary>
internal readonly record struct WorkerPlan(int Min, int Max, int Spare)
{
    /// <summary>How many processes are wanted in all.</summary>
    /// <param name="busy">Workers with a job.</param>
    /// <param name="queued">Jobs that wait.</param>
    public int Wanted(int busy, int queued) => (int)Math.Clamp((long)busy + queued, Min, Max) + Spare;

    /// <summary>How many to start now.</summary>
    /// <param name="busy">Workers with a job.</param>
    /// <param name="queued">Jobs that wait.</param>
    /// <param name="staying">Workers that are starting, idle or busy and are not about to be replaced.</param>
    public int ToStart(int busy, int queued, int staying) => Math.Max(0, Wanted(busy, queued) - staying);

    /// <summary>Whether one idle worker is more than is wanted.</summary>
    public bool HasTooMany(int busy, int queued, int staying) => staying > Wanted(busy, queued);
}
