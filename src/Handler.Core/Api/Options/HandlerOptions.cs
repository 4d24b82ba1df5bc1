using Handler.Functions;

namespace Handler;

/// <summary>The options of a node. They are checked as a whole when it starts, and every error is reported.</summary>
public sealed class HandlerOptions : HandlerOptionsBase
{
    /// <inheritdoc/>
    public override HandlerOptions UseSerializer<TSerializer>()
    {
        SerializerType = typeof(TSerializer);
        return this;
    }

    /// <summary>
    /// The maximum number of jobs that run at the same time, each in its own worker process. Default: twice the number of processors, at
    /// least 4. Range: 1 to 4096.
    /// </summary>
    [AllowedRange(1, 4096)]
    public int MaxWorkers { get; set; } = Math.Max(4, 2 * Environment.ProcessorCount);

    /// <summary>How many worker processes are kept warm even if no job runs. Default: 1. Range: 0 to <see cref="MaxWorkers"/>.</summary>
    public int MinWorkers { get; set; } = 1;

    /// <summary>
    /// How many spare workers, in addition to the busy ones, are started ahead, so that a killed or recycled worker is replaced without
    /// waiting. Default: 1. Range: 0 to 64.
    /// </summary>
    [AllowedRange(0, 64)]
    public int SpareWorkers { get; set; } = 1;

    /// <summary>
    /// The maximum number of jobs that wait for a worker. Further jobs are rejected. Default: 100 000. Range: 0 to 10 000 000.
    /// </summary>
    [AllowedRange(0, 10_000_000)]
    public int MaxQueuedJobs { get; set; } = 100_000;

    /// <summary>How many bytes the jobs of a cluster's node may reserve together; an option of the silo.</summary>
    internal long MaxMemoryBytes { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>How many bytes of payloads a cluster's node holds together; an option of the silo.</summary>
    internal long MaxHeldPayloadBytes { get; set; }
        = Math.Max(1L << 20, Math.Min(512L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8));

    /// <summary>
    /// The maximum number of small jobs that are sent to a worker together when all workers are busy. The worker runs them one at a time.
    /// The others are taken back as soon as another worker is free or the running job turns out to be slow. Default: 8. Range: 1 (off) to
    /// 64.
    /// </summary>
    [AllowedRange(1, 64)]
    public int MaxSentAhead { get; set; } = 8;

    /// <summary>
    /// Whether the code after <c>await handler.RunAsync(…)</c> may run on one of Handler's own threads, if nothing else runs or waits. No
    /// other thread needs to be woken then, but a continuation that keeps the thread delays the outcomes of that worker by 2 ms. If
    /// <see langword="false"/>, it always runs on the thread pool. Only an embedded handler runs callers' code. Default:
    /// <see langword="true"/>.
    /// </summary>
    public bool InlineContinuations { get; set; } = true;

    /// <summary>
    /// The pools by name, as set by <see cref="AddPool"/> or by configuration (<c>Handler:Pools:customer:MaxWorkers</c>). Further pools can
    /// be added while the handler runs. Names that differ only by case are one pool here, with the first spelling.
    /// </summary>
    public Dictionary<string, PoolOptions> Pools { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether pools may delegate to pools other than <see cref="Pools"/>. This is so on a cluster, where all pools are checked together.
    /// </summary>
    internal bool HasPoolsElsewhere { get; set; }

    /// <summary>Selectors registered by name.</summary>
    internal Dictionary<string, IPoolSelector> PoolSelectors { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Environment variables for the workers. They are added to the few that decide whether and how a program runs: PATH, HOME, LANG,
    /// LANGUAGE, LC_*, TZ, TZDIR, TMPDIR, LD_LIBRARY_PATH, and those .NET runtime variables that say where the runtime is, which runtime to
    /// use and how it handles text (docs/limits.md has the list). No other variable of this process reaches the workers. A variable that is
    /// set here takes precedence.
    /// </summary>
    public IDictionary<string, string> WorkerEnvironment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// How long a new worker has to become ready, and a ready worker has to start a job that it was given. If starts keep failing for this
    /// long and no worker is left, the waiting jobs are rejected (<see cref="RejectReason.WorkersDoNotStart"/>). Default: 10 s. Range: 100
    /// ms to 10 min.
    /// </summary>
    [AllowedRange("100ms", "10m")]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a worker keeps running a job while its node is unresponsive. After this time the worker exits; zero disables the check. On
    /// a cluster this is shorter than the time after which others declare the node dead, so that the job has really stopped before its
    /// capacity is given to another.
    /// </summary>
    internal TimeSpan MaxSilence { get; set; }

    /// <summary>
    /// Which jobs may use the same worker process of the default profile. Default: <see cref="WorkerSharing.Profile"/>.
    /// </summary>
    public WorkerSharing Sharing { get; set; }

    /// <summary>When workers are replaced.</summary>
    public RecyclingOptions Recycling { get; } = new();

    /// <summary>Which rights and resources workers do not get.</summary>
    public HardeningOptions Hardening { get; } = new();

    /// <summary>
    /// The profiles by name, as set by <see cref="AddProfile"/> or by configuration (<c>Handler:Profiles:untrusted:Sharing</c>), besides
    /// the default profile. That one has the name <c>default</c>, and its settings are those of these options: <see cref="MinWorkers"/>,
    /// <see cref="SpareWorkers"/>, <see cref="Sharing"/>, <see cref="WorkerEnvironment"/>, <see cref="StartTimeout"/>,
    /// <see cref="Recycling"/> and <see cref="Hardening"/>. At most 64.
    /// </summary>
    public Dictionary<string, ProfileOptions> Profiles { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The settings of the default profile.</summary>
    internal ProfileOptions DefaultProfile => new()
    {
        Sharing = Sharing,
        MinWorkers = MinWorkers,
        SpareWorkers = SpareWorkers,
        WorkerEnvironment = WorkerEnvironment,
        StartTimeout = StartTimeout,
        Recycling = Recycling,
        Hardening = Hardening,
    };

    /// <summary>All profiles by name, the default profile first.</summary>
    internal IReadOnlyList<KeyValuePair<string, ProfileOptions>> AllProfiles
        => [new(ProfileOptions.DefaultName, DefaultProfile), .. Profiles];

    /// <summary>
    /// Adds a profile. If a profile of that name exists already, for example from a configuration, <paramref name="configure"/> changes its
    /// options.
    /// </summary>
    /// <param name="name">The profile's name.</param>
    /// <param name="configure">Sets the profile's options; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public HandlerOptions AddProfile(string name, Action<ProfileOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!Profiles.TryGetValue(name, out var profile))
            Profiles.Add(name, profile = new ProfileOptions());
        configure?.Invoke(profile);
        return this;
    }

    /// <summary>
    /// Adds a profile for tenants that nobody trusts: its pools do not share workers, and <see cref="HardeningOptions.UseStrict"/> applies.
    /// </summary>
    /// <inheritdoc cref="AddProfile"/>
    public HandlerOptions AddStrictProfile(string name, Action<ProfileOptions>? configure = null)
        => AddProfile(name, profile =>
        {
            profile.Sharing = WorkerSharing.Pool;
            profile.Hardening.UseStrict();
            configure?.Invoke(profile);
        });

    /// <summary>
    /// Adds a pool. If a pool of that name exists already, for example from a configuration, <paramref name="configure"/> changes its
    /// options.
    /// </summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="configure">Sets the pool's options; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public HandlerOptions AddPool(string name, Action<PoolOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!Pools.TryGetValue(name, out var pool))
            Pools.Add(name, pool = new PoolOptions());
        configure?.Invoke(pool);
        return this;
    }

    /// <summary>Registers a selector. Pools refer to it by name in <see cref="PoolOptions.Selector"/>.</summary>
    /// <exception cref="ArgumentException">The name is blank or taken.</exception>
    public HandlerOptions AddPoolSelector(string name, IPoolSelector selector)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(selector);
        if (!PoolSelectors.TryAdd(name, selector))
            throw new ArgumentException(
                $"AddPoolSelector(\"{Excerpt.OfName(name)}\"): a selector of that name is registered already.",
                nameof(name));
        return this;
    }

    /// <summary>
    /// Registers a selector given as a function of the pool's <see cref="PoolOptions.SelectorConfig"/> and the job's
    /// <see cref="JobOptions.SelectorArgument"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The name is blank or taken.</exception>
    public HandlerOptions AddPoolSelector(string name, Func<string?, string?, IReadOnlyList<string>> selectParents)
    {
        ArgumentNullException.ThrowIfNull(selectParents);
        return AddPoolSelector(name, new FunctionSelector(selectParents));
    }
}
