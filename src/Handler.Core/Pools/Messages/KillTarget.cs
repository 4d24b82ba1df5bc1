namespace Handler.Pools;

/// <summary>Which of a pool's jobs to kill: those of a name, one, or, where both are <see langword="null"/>, all.</summary>
internal readonly record struct KillTarget(string? Name, JobId? Job)
{
    public static KillTarget All => default;
}
