using Handler.TestSilo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>A client of the cluster in this process, as an application hosts it.</summary>
internal sealed class ClientHost : IAsyncDisposable
{
    private readonly IHost host;

    private ClientHost(IHost host) => this.host = host;

    public IHandler Handler => host.Services.GetRequiredService<IHandler>();

    public IClusterClient Grains => host.Services.GetRequiredService<IClusterClient>();

    public ICluster Cluster => ((RemoteHandler)Handler).Cluster;

    public static async Task<ClientHost> StartAsync(string redis, string clusterId, Action<IClientBuilder>? configure = null)
    {
        var builder = ClientApplication.CreateBuilder(redis, clusterId, configure);
        builder.Logging.ClearProviders();
        var host = builder.Build();
        await host.StartAsync();
        return new ClientHost(host);
    }

    public async ValueTask DisposeAsync()
    {
        await Handler.DisposeAsync(); // while the silos can still be told about its jobs
        await host.StopAsync();
        host.Dispose();
    }
}
