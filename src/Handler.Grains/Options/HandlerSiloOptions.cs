namespace Handler;

/// <summary>Options of a silo in addition to its <see cref="HandlerOptions"/>.</summary>
public sealed class HandlerSiloOptions
{
    /// <summary>
    /// The name of the grain storage that keeps the pools. If no storage of that name is registered, the default one is used.
    /// </summary>
    public const string StorageName = "handler";

    private static readonly HandlerOptions Defaults = new();

    /// <summary>
    /// How long jobs may continue to run when the silo shuts down, before they are killed. Default: 30 s. Range: 0 to 1 day.
    /// </summary>
    [AllowedRange("0", "1d")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many bytes the jobs of the silo may reserve together (their <see cref="JobLimits.MaxHeapBytes"/>), whatever its pools allow. A
    /// job that exceeds this is passed to another silo, or rejected. Payloads that the silo holds count too, in
    /// whole MiB. Default: three quarters of the memory that this process may use. Range: 1 MiB to 1 PiB.
    /// </summary>
    [AllowedRange(1L << 20, 1L << 50)]
    public long MaxMemoryBytes { get; set; } = Defaults.MaxMemoryBytes;

    /// <summary>
    /// How many bytes of payloads the silo holds together. These are the requests of jobs that wait or run, and outcomes that their callers
    /// have not received. If there is no room for a request, it is rejected. If there is no room for a value, the value is dropped and its
    /// job is <see cref="JobFailed"/>. One payload of <see cref="HandlerOptionsBase.MaxPayloadBytes"/> always has room. Default: an eighth
    /// of the memory that this process may use, at most 512 MiB. Range: 1 MiB to 1 PiB.
    /// </summary>
    [AllowedRange(1L << 20, 1L << 50)]
    public long MaxHeldPayloadBytes { get; set; } = Defaults.MaxHeldPayloadBytes;

    /// <summary>The errors in the configuration that these options were read from, one sentence each.</summary>
    internal List<string> ConfigurationErrors { get; } = [];
}
