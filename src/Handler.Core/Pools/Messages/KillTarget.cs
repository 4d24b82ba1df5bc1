namespace Handler.Pools;

/// <summary>Which of a pool's jobs to kill: those with a name, a single job, or, if both are <see langword="null"/>, all of them.</summary>
internal readonly record struct KillTarget(string? Name, JobId? Job)
{
    public static KillTarget All => default;
}
