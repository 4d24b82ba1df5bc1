namespace Handler.Platform;

/// <summary>A process that a job has started. Its id may be reused; together with the start time it is unique.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="StartedAt">When it started, in the kernel's ticks since boot.</param>
internal readonly record struct StartedProcess(int Pid, long StartedAt);
