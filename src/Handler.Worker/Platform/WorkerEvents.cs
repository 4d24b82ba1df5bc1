namespace Handler.Platform;

/// <summary>The events that wake a thread that waits for a worker.</summary>
[Flags]
internal enum WorkerEvents
{
    None = 0,
    Responses = 1,
    Output = 2,
    Error = 4,
    Exited = 8,

    /// <summary>The worker has closed its response pipe but still runs: it can send nothing more.</summary>
    Closed = 16,
}
