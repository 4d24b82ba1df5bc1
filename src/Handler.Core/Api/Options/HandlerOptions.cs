using Handler.Functions;
using Handler.Hosting;

namespace Handler;

/// <summary>How a node's handler works. Checked as a whole when it starts; every error is reported at once.</summary>
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
