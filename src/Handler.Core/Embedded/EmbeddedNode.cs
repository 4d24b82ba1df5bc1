using System.Diagnostics;
using Handler.Functions;
using Handler.Nodes;
using Handler.Platform;
using Microsoft.Extensions.Logging;

namespace Handler.Embedded;

/// <summary>A node in the same process as its only caller. It encodes the functions and owns the pools.</summary>
internal sealed class EmbeddedNode : IHandler
{
    private readonly Node node;
    private readonly EmbeddedPools pools;

    private EmbeddedNode(Node node)
    {
        this.node = node;
        pools = new EmbeddedPools(node.Options, node.Dispatcher, node.Logger, node.Closing);
    }

    public FunctionEncoder Functions => node.Functions;

    public Dispatcher Dispatcher => node.Dispatcher;

    /// <inheritdoc cref="Node.Logger"/>
    public BackgroundLogger Logger => node.Logger;

    /// <inheritdoc cref="Node.StartAsync(HandlerOptions, IPlatform, ILogger, CancellationToken)"/>
    public static Task<EmbeddedNode> StartAsync(
        HandlerOptions options,
        IPlatform platform,
        ILogger logger,
        CancellationToken cancellationToken)
        => StartAsync(options, platform, logger, static node => node, cancellationToken);

    /// <inheritdoc cref="Node.StartAsync{T}"/>
    public static Task<T> StartAsync<T>(
        HandlerOptions options,
        IPlatform platform,
        ILogger logger,
        Func<EmbeddedNode, T> then,
        CancellationToken cancellationToken)
        => Node.StartAsync(options, platform, logger, node => then(new EmbeddedNode(node)), cancellationToken);

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        var submittedAt = Stopwatch.GetTimestamp();
        JobOptions.CheckWithoutPool(limits);
        limits = LimitsOr(limits);
        var job = new Job<T>(NextAttempt(), Encode(function), limits, submittedAt, Functions, node.Dispatcher.OutcomesIfInline);
        Submit(job, cancellationToken);
        return job.Task;
    }

    public IPool GetPool(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new EmbeddedPool(name, this, pools);
    }

    public Task<bool> TryAddPoolAsync(string name, Action<PoolOptions>? configure, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(pools.Add(name, configure));
    }

    public Task<bool> TryUpdatePoolAsync(string name, Action<PoolOptions> configure, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(pools.Change(name, configure));
    }

    public Task<bool> RemovePoolAsync(string name, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(pools.Remove(name));
    }

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(node.Closing.IsCancellationRequested, typeof(IHandler));

    public long NextAttempt() => node.NextAttempt();

    /// <inheritdoc cref="HandlerOptionsBase.LimitsOr"/>
    public JobLimits LimitsOr(JobLimits? limits) => node.Options.LimitsOr(limits);

    /// <inheritdoc cref="Node.Submit"/>
    public void Submit(Job job, CancellationToken cancellationToken) => node.Submit(job, cancellationToken);

    public EncodedFunction Encode<T>(in JobFunction<T> function) => Functions.Encode(function, node.Options.PayloadLimit);

    public ValueTask DisposeAsync() => node.DisposeAsync();
}
