using Handler.Embedded;
using Handler.Platform;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Handler.Hosting;

/// <summary>The handler of an application with a host. It starts with the host and is disposed with it.</summary>
/// <param name="start">Starts its node; called once, when it is first needed.</param>
internal sealed class HostedHandler(Func<Task<EmbeddedNode>> start) : IHandler, IHostedService
{
    private readonly Lock gate = new();
    private Task<EmbeddedNode>? node;
    private bool disposed;

    /// <param name="options">Returns its options; called when the handler starts.</param>
    /// <param name="logger">Receives its log messages.</param>
    public HostedHandler(Func<HandlerOptions> options, ILogger logger)
        : this(() => EmbeddedNode.StartAsync(options(), new LinuxPlatform(), logger, CancellationToken.None))
    {
    }

    public async Task StartAsync(CancellationToken cancellationToken) => await Node().WaitAsync(cancellationToken).ConfigureAwait(false);

    public async Task StopAsync(CancellationToken cancellationToken)
        => await DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        var started = Node();
        return started.IsCompletedSuccessfully
            ? started.Result.RunAsync(function, limits, cancellationToken)
            : StartedRunner.RunAsync(started.WaitAsync(cancellationToken), function, limits, cancellationToken);
    }

    public IPool GetPool(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new HostedPool(name, Node);
    }

    public async Task<bool> TryAddPoolAsync(string name, Action<PoolOptions>? configure, CancellationToken cancellationToken)
        => await (await StartedAsync(cancellationToken).ConfigureAwait(false))
            .TryAddPoolAsync(name, configure, cancellationToken)
            .ConfigureAwait(false);

    public async Task<bool> TryUpdatePoolAsync(string name, Action<PoolOptions> configure, CancellationToken cancellationToken)
        => await (await StartedAsync(cancellationToken).ConfigureAwait(false))
            .TryUpdatePoolAsync(name, configure, cancellationToken)
            .ConfigureAwait(false);

    public async Task<bool> RemovePoolAsync(string name, CancellationToken cancellationToken) =>
        await (await StartedAsync(cancellationToken).ConfigureAwait(false)).RemovePoolAsync(name, cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        Task<EmbeddedNode>? started;
        lock (gate)
        {
            disposed = true;
            started = node;
        }

        if (started is null)
            return;
        await ((Task)started).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (started.IsCompletedSuccessfully)
            await started.Result.DisposeAsync().ConfigureAwait(false);
    }

    private Task<EmbeddedNode> StartedAsync(CancellationToken cancellationToken) => Node().WaitAsync(cancellationToken);

    private Task<EmbeddedNode> Node()
    {
        if (Volatile.Read(ref node) is { } known)
            return known;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(IHandler));
            return node ??= start();
        }
    }
}
