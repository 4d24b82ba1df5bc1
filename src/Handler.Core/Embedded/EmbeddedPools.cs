using Handler.Nodes;
using Handler.Pools;
using Handler.Verdicts;
using Microsoft.Extensions.Logging;

namespace Handler.Embedded;

/// <summary>The pools of an embedded node: carries their kills to the jobs, and keeps their options, so that changes are checked as a whole.</summary>
internal sealed partial class EmbeddedPools : INodeJobs
{
    private readonly Lock changing = new();
    private readonly Dictionary<string, PoolOptions> configured = new(StringComparer.Ordinal);
    private readonly IReadOnlyCollection<string> selectors;

    /// <summary>What the kill of this thread has found in its turn.</summary>
    [ThreadStatic]
    private static List<(Job? Job, string Reason)>? toKill;

    private readonly Dispatcher dispatcher;
    private readonly ILogger logger;

    /// <param name="options">Valid ones.</param>
    /// <param name="dispatcher">Runs the jobs.</param>
    /// <param name="logger">Gets what an operator should know.</param>
    /// <param name="closing">Cancelled when the handler is disposed.</param>
    public EmbeddedPools(HandlerOptions options, Dispatcher dispatcher, ILogger logger, CancellationToken closing)
    {
        this.dispatcher = dispatcher;
        this.logger = logger;
        selectors = [.. options.PoolSelectors.Keys];

        // What runs and waits on a node is limited by its dispatcher, which counts the jobs without a pool as well.
        Local = new InProcessPools(PoolLimits.Unlimited, this, new Dictionary<string, IPoolSelector>(options.PoolSelectors, StringComparer.Ordinal), dispatcher.Time, warn: (what, exception) => LogPools(what, exception), closing: closing);
        foreach (var (name, pool) in options.Pools)
        {
            configured.Add(name, pool.Copy());
            WarnOfPromises(name, pool);
            Local.Add(name, PoolConfiguration.From(pool));
        }
    }

    public InProcessPools Local { get; }

    /// <inheritdoc cref="IHandler.AddPoolAsync"/>
    public bool Add(string name, Action<PoolOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var options = new PoolOptions();
        configure?.Invoke(options);
        lock (changing)
        {
            if (configured.ContainsKey(name))
                return false;
            Set(name, options);
            LogAdded(name, options.MaxWorkers, options.MaxMemoryBytes, options.DelegateTo ?? options.Selector);
            return Local.Add(name, PoolConfiguration.From(options));
        }
    }

    /// <inheritdoc cref="IHandler.ChangePoolAsync"/>
    public bool Change(string name, Action<PoolOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        while (Find(name) is { } present)
        {
            var options = present.Copy();
            configure(options); // the application's code: it may wait for another change
            lock (changing)
            {
                if (!configured.TryGetValue(name, out var now) || now != present)
                    continue;
                Set(name, options);
                LogChanged(name, present.MaxWorkers, present.MaxMemoryBytes, present.DelegateTo ?? present.Selector, options.MaxWorkers, options.MaxMemoryBytes, options.DelegateTo ?? options.Selector);
                return Local.Change(name, PoolConfiguration.From(options));
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
            if (!configured.Remove(name))
                return false;
            LogRemoved(name);
            return Local.Remove(name);
        }
    }

    /// <inheritdoc cref="InProcessPools.Kill"/>
    public int Kill(string pool, KillTarget target, string reason)
    {
        toKill = [];
        var count = Local.Kill(pool, target, reason);

        // The turn is over: what it has told to kill may now give its lease back. Who has just ended by himself is not killed.
        foreach (var (job, why) in toKill)
        {
            if (job is null || !dispatcher.Kill(job, UserKilled(why)))
                count--;
        }

        toKill = null;
        return count;
    }

    public static Verdict.Killed UserKilled(string reason) => new(KillCause.UserKilled, reason);

    void INodeJobs.Kill(JobId job, string reason)
    {
        if (Local.FindLease(job)?.Kill(reason) is { } runner)
            toKill!.Add((runner as Job, reason)); // none, if it has ended in this moment
    }

    /// <summary>Takes a pool's options, unless they bring errors.</summary>
    private void Set(string name, PoolOptions options)
    {
        var errors = PoolGraph.FindNewErrors(configured, name, options, selectors);
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(options));
        configured[name] = options.Copy();
        WarnOfPromises(name, options);
    }

    /// <summary>Nothing else limits the memory of all jobs of this process together. A pool with a parent gives no more than that.</summary>
    private void WarnOfPromises(string name, PoolOptions pool)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (pool is { DelegateTo: null, Selector: null } && pool.MaxMemoryBytes > available)
            LogPromises(name, pool.MaxMemoryBytes, available);
    }

    [LoggerMessage(1103, LogLevel.Information, "Pool {Pool} was added: MaxWorkers {Workers}, MaxMemoryBytes {Bytes}, parent {Parent}")]
    private partial void LogAdded(string pool, int workers, long bytes, string? parent);

    [LoggerMessage(1104, LogLevel.Information, "Pool {Pool} was changed: it had MaxWorkers {WorkersBefore}, MaxMemoryBytes {BytesBefore}, parent {ParentBefore}, and has MaxWorkers {Workers}, MaxMemoryBytes {Bytes}, parent {Parent}")]
    private partial void LogChanged(string pool, int workersBefore, long bytesBefore, string? parentBefore, int workers, long bytes, string? parent);

    [LoggerMessage(1105, LogLevel.Information, "Pool {Pool} was removed")]
    private partial void LogRemoved(string pool);

    [LoggerMessage(1102, LogLevel.Warning, "Pool {Pool} may give its jobs {Bytes} bytes, but this process may use {Available} only: lower its MaxMemoryBytes")]
    private partial void LogPromises(string pool, long bytes, long available);

    [LoggerMessage(1101, LogLevel.Warning, "{What}")]
    private partial void LogPools(string what, Exception? exception);
}
