namespace Handler.Pools;

/// <summary>Which of a pool's jobs to kill: those with a name, a single job, or, if both are <see langword="null"/>, all of them.</summary>
internal readonly record struct KillTarget(string? Name, JobId? Job)
{
    /// <summary>The reason in the outcomes of killed jobs, unless the caller gives one.</summary>
    public const string DefaultReason = "User killed the process";

    public static KillTarget All => default;
}
