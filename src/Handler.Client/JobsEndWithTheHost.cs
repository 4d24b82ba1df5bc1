using Handler.Cluster;
using Microsoft.Extensions.Hosting;

namespace Handler.Client;

/// <summary>
/// Ends the application's jobs before anything else stops: without its Orleans client the handler could not tell the nodes.
/// </summary>
internal sealed class JobsEndWithTheHost(RemoteHandler handler) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => handler.DisposeAsync().AsTask().WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
