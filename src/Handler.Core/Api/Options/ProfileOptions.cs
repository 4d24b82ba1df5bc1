namespace Handler;

/// <summary>
/// How the workers of a profile are made. Workers of a profile run only jobs of the pools that name it in
/// <see cref="PoolOptions.Profile"/>. Nothing is taken over from the default profile, whose settings are those of
/// <see cref="HandlerOptions"/>.
/// </summary>
public sealed class ProfileOptions
{
    internal const string DefaultName = "default";

    internal const int MaxProfiles = 64;

    internal const int MaxNameLength = 64;

    /// <summary>Which jobs may use the same worker process. Default: <see cref="WorkerSharing.Profile"/>.</summary>
    public WorkerSharing Sharing { get; set; }

    /// <summary>
    /// How many worker processes are kept warm even if no job runs. They end when jobs of other profiles need the room. Default: 0. Range:
    /// 0 to <see cref="HandlerOptions.MaxWorkers"/>; all profiles together must not have more than that.
    /// </summary>
    [AllowedRange(0, 4096)]
    public int MinWorkers { get; set; }

    /// <summary>
    /// How many spare workers, in addition to the busy ones, are started ahead. If pools do not share workers, a spare one has run no job,
    /// and serves the first pool that needs one. Default: 0. Range: 0 to 64.
    /// </summary>
    [AllowedRange(0, 64)]
    public int SpareWorkers { get; set; }

    /// <summary>
    /// Environment variables for the workers, besides the few that every worker gets; see <see cref="HandlerOptions.WorkerEnvironment"/>.
    /// </summary>
    public IDictionary<string, string> WorkerEnvironment { get; internal init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <inheritdoc cref="HandlerOptions.StartTimeout"/>
    [AllowedRange("100ms", "10m")]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>When workers are replaced.</summary>
    public RecyclingOptions Recycling { get; internal init; } = new();

    /// <summary>Which rights and resources workers do not get.</summary>
    public HardeningOptions Hardening { get; internal init; } = new();
}
