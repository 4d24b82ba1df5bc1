namespace Handler;

/// <summary>Options of a silo in addition to its <see cref="HandlerOptions"/>.</summary>
public sealed class HandlerSiloOptions
{
    /// <summary>
    /// The name of the grain storage that keeps the pools. If no storage of that name is registered, the default one is used.
    /// </summary>
    public const string StorageName = "handler";

    /// <summary>
    /// How long jobs may continue to run when the silo shuts down, before they are killed. Default: 30 s. Range: 0 to 1 day.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
