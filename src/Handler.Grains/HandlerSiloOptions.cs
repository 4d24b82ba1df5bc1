namespace Handler;

/// <summary>How a silo of a cluster takes part, besides its <see cref="HandlerOptions"/>.</summary>
public sealed class HandlerSiloOptions
{
    /// <summary>The name of the grain storage that keeps the pools. Where none of that name is registered, the default one is used.</summary>
    public const string StorageName = "handler";

    /// <summary>How long running jobs may go on when the silo shuts down, before they are killed. Default 30 s; from 0 to 1 day.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
