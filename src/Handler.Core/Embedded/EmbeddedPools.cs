using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Embedded;

/// <summary>
/// The pools of an embedded node. Kills their jobs, and keeps their options, so that changes are checked as a whole.
/// </summary>
internal sealed partial class EmbeddedPools
{
    private readonly Lock changing = new();
    private readonly Dictionary<string, PoolOptions> configured = new(StringComparer.Ordinal);
    private readonly RegisteredNames names;
    private readonly Dispatcher dispatcher;
    private readonly ILogger logger;

    /// <param name="options">The node's options; already validated.</param>
    /// <param name="dispatcher">Runs the jobs.</param>
    /// <param name="logger">Receives messages for the operator.</param>
    /// <param name="closing">Cancelled when the handler is disposed.</param>
    public EmbeddedPools(HandlerOptions options, Dispatcher dispatcher, ILogger logger, CancellationToken closing)
    {
        this.dispatcher = dispatcher;
        this.logger = logger;
        names = RegisteredNames.In(options);

        // The dispatcher limits the running and waiting jobs of a node, because it also counts jobs without a pool.
        var registered = new Dictionary<string, IPoolSelector>(options.PoolSelectors, StringComparer.Ordinal);
        Local = new InProcessPools(registered, dispatcher.Time, logger, closing);
        Background = new BackgroundWork(LogBackgroundFailed);
        foreach (var (name, pool) in options.Pools)
        {
            configured.Add(name, pool.Copy());
            WarnOfPromises(name, pool);
        }

        var guarantees = PoolGuarantees.Of(configured);
        foreach (var (name, pool) in configured)
            Local.Add(name, ConfigurationOf(name, guarantees));
    }

    public InProcessPools Local { get; }

    /// <summary>Admissions whose callers do not wait for them.</summary>
    public BackgroundWork Background { get; }

    /// <inheritdoc cref="IHandler.TryAddPoolAsync"/>
    public bool Add(string name, Action<PoolOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var options = new PoolOptions();
        configure?.Invoke(options);
        lock (changing)
        {
            if (configured.ContainsKey(name))
                return false;
            Check(name, options, nameof(configure));
            LogAdded(name, options.MaxWorkers, options.MaxMemoryBytes, options.Parent ?? options.Selector);
            return Apply(name, options, guarantees => Local.Add(name, ConfigurationOf(name, guarantees)));
        }
    }

    /// <inheritdoc cref="IHandler.TryUpdatePoolAsync"/>
    public bool Change(string name, Action<PoolOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        while (Find(name) is { } present)
        {
            var options = present.Copy();
            configure(options); // application code, called without the lock: it may wait for another change
            lock (changing)
            {
                if (!configured.TryGetValue(name, out var now) || now != present)
                    continue;
                Check(name, options, nameof(configure));
                LogChanged(
                    name,
                    present.MaxWorkers,
                    present.MaxMemoryBytes,
                    present.Parent ?? present.Selector,
                    options.MaxWorkers,
                    options.MaxMemoryBytes,
                    options.Parent ?? options.Selector);
                return Apply(name, options, guarantees => Local.Change(name, ConfigurationOf(name, guarantees)));
            }
        }

        return false;
    }

    private PoolOptions? Find(string name)
    {
        lock (changing)
            return configured.GetValueOrDefault(name);
    }

    /// <inheritdoc cref="IHandler.RemovePoolAsync"/>
    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (changing)
        {
            if (!configured.ContainsKey(name))
                return false;
            LogRemoved(name);
            return Apply(name, null, _ => Local.Remove(name));
        }
    }

    /// <summary>Kills jobs of a pool, also of a removed pool whose jobs still run. Returns how many it killed.</summary>
    public int Kill(string pool, KillTarget target, string reason)
    {
        // The turn has ended, so killed jobs may now release their leases. A job that has just ended on its own does not count as killed.
        var (count, runners) = Local.Kill(pool, target, reason);
        return count - runners.Count(runner => runner is not Job job || !dispatcher.Kill(job, UserKilled(reason)));
    }

    public static JobKilled UserKilled(string reason) => new(KillCause.UserKilled, reason);

    private void Check(string name, PoolOptions options, string parameter)
    {
        var errors = PoolGraph.FindNewErrors(configured, name, options, names);
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, errors), parameter);
        WarnOfPromises(name, options);
    }

    /// <summary>
    /// Adds, changes or removes a pool. The pools above it that have to keep more learn that before, those that keep less afterwards.
    /// </summary>
    /// <param name="name">The pool's name.</param>
    /// <param name="options">Its new options; <see langword="null"/> if it is removed.</param>
    /// <param name="change">Makes the change, with what the pools now keep.</param>
    private bool Apply(string name, PoolOptions? options, Func<Dictionary<string, GuaranteeList>, bool> change)
    {
        var before = new Dictionary<string, PoolOptions>(configured, StringComparer.Ordinal);
        if (options is null)
            configured.Remove(name);
        else
            configured[name] = options.Copy();
        var guarantees = PoolGuarantees.Of(configured);
        var (first, last) = PoolGuarantees.Affected(before, configured, [name]);
        foreach (var pool in first)
            Local.Change(pool, ConfigurationOf(pool, guarantees));
        var isChanged = change(guarantees);
        foreach (var pool in last)
            Local.Change(pool, ConfigurationOf(pool, guarantees));
        return isChanged;
    }

    private PoolConfiguration ConfigurationOf(string name, Dictionary<string, GuaranteeList> guarantees)
        => PoolConfiguration.From(configured[name]) with { Guarantees = guarantees.GetValueOrDefault(name, GuaranteeList.None) };

    /// <summary>
    /// Warns if a pool without a parent allows more memory than this process may use. Nothing else limits the memory of all jobs together.
    /// A pool with a parent is limited by that parent.
    /// </summary>
    private void WarnOfPromises(string name, PoolOptions pool)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (pool is { Parent: null, Selector: null } && pool.MaxMemoryBytes > available)
            LogPromises(name, pool.MaxMemoryBytes, available);
    }

    [LoggerMessage(1103, LogLevel.Information, "Pool {Pool} was added: MaxWorkers {Workers}, MaxMemoryBytes {Bytes}, parent {Parent}")]
    private partial void LogAdded(string pool, int workers, long bytes, string? parent);

    [LoggerMessage(
        1104,
        LogLevel.Information,
        "Pool {Pool} was changed: it had MaxWorkers {WorkersBefore}, "
            + "MaxMemoryBytes {BytesBefore}, parent {ParentBefore}, and has MaxWorkers {Workers}, MaxMemoryBytes {Bytes}, parent {Parent}"
    )]
    private partial void LogChanged(
        string pool,
        int workersBefore,
        long bytesBefore,
        string? parentBefore,
        int workers,
        long bytes,
        string? parent);

    [LoggerMessage(1105, LogLevel.Information, "Pool {Pool} was removed")]
    private partial void LogRemoved(string pool);

    [LoggerMessage(
        1102,
        LogLevel.Warning,
        "Pool {Pool} allows {Bytes} bytes, but only {Available} bytes are available to this process; lower its MaxMemoryBytes"
    )]
    private partial void LogPromises(string pool, long bytes, long available);

    [LoggerMessage(1106, LogLevel.Error, "Work of the pools in the background failed: {Work}")]
    private partial void LogBackgroundFailed(string work, Exception exception);
}
