using Handler.Functions;
using Handler.Hosting;

namespace Handler;

/// <summary>How a node's handler works. Checked as a whole when it starts; every mistake is reported at once.</summary>
public sealed class HandlerOptions : CallerOptions
{
    /// <summary>How many jobs run at the same time at most, each in a worker process of its own. Default: twice the processors, at least 4; from 1 to 4096.</summary>
    public int MaxWorkers { get; set; } = Math.Max(4, 2 * Environment.ProcessorCount);

    /// <summary>How many worker processes are kept warm even when nothing runs. Default 1; from 0 to <see cref="MaxWorkers"/>.</summary>
    public int MinWorkers { get; set; } = 1;

    /// <summary>
    /// How many workers more than the busy ones are kept started ahead, so that a killed or recycled one is replaced
    /// without waiting. Default 1; from 0 to 64.
    /// </summary>
    public int SpareWorkers { get; set; } = 1;

    /// <summary>How many jobs may wait for a worker at most; one more is rejected. Default 100 000; from 0 to 10 000 000.</summary>
    public int MaxQueuedJobs { get; set; } = 100_000;

    /// <summary>
    /// How many bytes the jobs of a node of a cluster may reserve together (their <see cref="JobLimits.MaxHeapBytes"/>), whatever its pools allow; one more is handed
    /// to another node, or rejected. Payloads that the node holds count there too, in whole MiB. An embedded handler has no such limit besides its pools. Default: three quarters of the memory that this process may use; from 1 MiB to 1 PiB.
    /// </summary>
    public long MaxMemoryBytes { get; set; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>
    /// How many bytes of payloads a node of a cluster holds together: requests of jobs that wait or run, and outcomes that their callers have not got. One more request is rejected, and a value for which
    /// there is no room is dropped: its job is <see cref="Failed{T}"/>. One payload of <see cref="CallerOptions.MaxPayloadBytes"/> always has room. Default: an eighth of the memory that this process may use, at
    /// most 512 MiB; from 1 MiB to 1 PiB.
    /// </summary>
    public long MaxHeldPayloadBytes { get; set; } = Math.Max(1L << 20, Math.Min(512L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8));

    /// <summary>
    /// How many small jobs at most are sent to a worker in one go when all workers are busy. One runs at a time; the others are
    /// taken back as soon as another worker is free or the running one turns out to be slow. Default 8; 1 turns it off; at most 64.
    /// </summary>
    public int MaxSentAhead { get; set; } = 8;

    /// <summary>The pools by name, as <see cref="AddPool"/> or a configuration (<c>Handler:Pools:customer:MaxWorkers</c>) sets them. More can be added while the handler runs. Names that differ by case only are one pool here, under the first spelling.</summary>
    public Dictionary<string, PoolOptions> Pools { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether pools may delegate to others than <see cref="Pools"/>: on a cluster, where all are checked together.</summary>
    internal bool HasPoolsElsewhere { get; set; }

    /// <summary>Selectors registered by name.</summary>
    internal Dictionary<string, IPoolSelector> PoolSelectors { get; } = new(StringComparer.Ordinal);

    /// <summary>What is wrong in the configurations that these options were read from, a sentence each.</summary>
    internal List<string> ConfigurationMistakes { get; } = [];

    /// <summary>
    /// Environment variables that the workers get, besides the few that decide whether and how a program runs: PATH, HOME, LANG, LANGUAGE, LC_*, TZ, TZDIR, TMPDIR, LD_LIBRARY_PATH, and those of the .NET
    /// runtime that say where it lies, which one it is and how it handles text (docs/limits.md has the list). Nothing else of this process's environment reaches them. One that is set here wins.
    /// </summary>
    public IDictionary<string, string> WorkerEnvironment { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Within what time a new worker must be ready, and a ready one must take up a job. Where starts fail for so long, time after time, and no worker is left, the jobs that wait are rejected
    /// (<see cref="RejectReason.WorkersDoNotStart"/>). Default 10 s; from 100 ms to 10 min.
    /// </summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After what time a worker ends itself when its node stands still while a job runs; zero for never. On a cluster it is shorter than the time after which others
    /// take the node for dead, so that what they give away is free in fact.
    /// </summary>
    internal TimeSpan MaxSilence { get; set; }

    /// <summary>When workers are replaced.</summary>
    public RecyclingOptions Recycling { get; } = new();

    /// <summary>What is taken away from workers.</summary>
    public HardeningOptions Hardening { get; } = new();

    /// <summary>Adds a pool. Where there is one of that name already, as from a configuration, its options are set further.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="configure">Sets its options; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public HandlerOptions AddPool(string name, Action<PoolOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!Pools.TryGetValue(name, out var pool))
            Pools.Add(name, pool = new PoolOptions());
        configure?.Invoke(pool);
        return this;
    }

    /// <summary>Registers a selector, which pools name as their <see cref="PoolOptions.Selector"/>.</summary>
    /// <exception cref="ArgumentException">The name is blank or taken.</exception>
    public HandlerOptions AddPoolSelector(string name, IPoolSelector selector)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(selector);
        if (!PoolSelectors.TryAdd(name, selector))
            throw new ArgumentException($"AddPoolSelector(\"{Excerpt.OfName(name)}\"): a selector of that name is registered already.", nameof(name));
        return this;
    }

    /// <summary>Registers a selector given as a function of the pool's <see cref="PoolOptions.SelectorConfig"/> and the job's <see cref="JobOptions.DelegateParam"/>.</summary>
    /// <exception cref="ArgumentException">The name is blank or taken.</exception>
    public HandlerOptions AddPoolSelector(string name, Func<string?, string?, IReadOnlyList<string>> selectParents)
    {
        ArgumentNullException.ThrowIfNull(selectParents);
        return AddPoolSelector(name, new FunctionSelector(selectParents));
    }

    /// <inheritdoc cref="CallerOptions.AddFunction"/>
    public new HandlerOptions AddFunction(string name, Delegate function)
    {
        base.AddFunction(name, function);
        return this;
    }
}

/// <summary>When a worker process is replaced by a fresh one. The replacement is ready before the old one goes.</summary>
public sealed class RecyclingOptions
{
    /// <summary>After how many jobs, ± 10 % by chance. Default 1 000 000; 1 gives every job a fresh process; at least 1.</summary>
    public int MaxJobs { get; set; } = 1_000_000;

    /// <summary>After what time, ± 10 % by chance. Default 1 h; from 1 s to 30 days.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>When the live heap or the resident memory between jobs has grown by this much over a fresh worker's, in bytes. Default 64 MiB; at least 1 MiB.</summary>
    public long MaxGrowthBytes { get; set; } = 64L << 20;

    /// <summary>When a job leaves something behind that cannot be put back, such as threads, timers, open files or handlers; docs/limits.md has the table. Default <see langword="true"/>.</summary>
    public bool OnLeftovers { get; set; } = true;

    /// <summary>A worker above <see cref="HandlerOptions.MinWorkers"/> ends after being idle for this long. Default 30 s; from 100 ms to 30 days.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>What is taken away from worker processes. Everything here works on Linux only.</summary>
public sealed class HardeningOptions
{
    /// <summary>Workers and what they start cannot gain privileges (set-user-id programs). Default <see langword="true"/>.</summary>
    public bool NoNewPrivileges { get; set; } = true;

    /// <summary>
    /// How much nicer than this process workers are to others, so that they cannot starve it. Where the kernel shares the processor between sessions first (autogroup), the session of
    /// each worker gets this niceness as well. Default 5; from 0 to 19.
    /// </summary>
    public int Niceness { get; set; } = 5;

    /// <summary>
    /// Workers have no capabilities, even where they run as root: root without them owns its files but may not read those of others against their permissions, change owners or users, open raw sockets or ports
    /// below the system's limit (usually 1024). Default <see langword="true"/>. Turn it off for jobs that need one.
    /// </summary>
    public bool DropCapabilities { get; set; } = true;

    /// <summary>
    /// Workers run as this user and group id, without further groups. Default <see langword="null"/>: the same as this process. Needs root or CAP_SETUID and CAP_SETGID. The user must be able to read the application and the runtime, and to write to
    /// TMPDIR where that is set; the start fails otherwise. HOME is that user's, or the root folder where the system does not know one.
    /// </summary>
    public int? UserId { get; set; }

    /// <summary>
    /// Other processes of the same user, jobs included, cannot read this process's memory and environment nor attach to it as a debugger. Default <see langword="false"/>, since it holds for the whole process and for all
    /// tools of that user: no core dumps, no debugger or memory dump except as root. They can still send it signals; only another user id prevents that.
    /// </summary>
    public bool ProtectHost { get; set; }

    /// <summary>Workers cannot open network sockets (only Unix ones). Default <see langword="false"/>.</summary>
    public bool DenyNetwork { get; set; }

    /// <summary>Workers cannot start processes. Default <see langword="false"/>.</summary>
    public bool DenyProcesses { get; set; }

    /// <summary>
    /// How large a file may become that a worker, or what it starts, writes (files in memory included), in bytes. A job that writes further is ended by SIGXFSZ, and its outcome says so. Default 4 GiB; from 1 MiB
    /// to 1 PiB; <see langword="null"/> for as large as this process may.
    /// </summary>
    public long? MaxFileBytes { get; set; } = 4L << 30;

    /// <summary>
    /// How many descriptors a worker, or a process that it starts, may have open at once; opening one more fails in the job. Default 1024; from 64 to 1 048 576, but never more than this
    /// process may; <see langword="null"/> for as many as that.
    /// </summary>
    public int? MaxOpenFiles { get; set; } = 1024;

    /// <summary>Whether each worker gets a control group of its own, so that the kernel limits its memory too. Default <see cref="ControlGroupMode.Auto"/>.</summary>
    public ControlGroupMode ControlGroup { get; set; } = ControlGroupMode.Auto;
}
