using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.TestingHost;

namespace Handler.Grains.Tests;

/// <summary>A cluster of two silos in this process, joined by sockets.</summary>
internal sealed class TwoSilos : IAsyncDisposable
{
    private readonly TestCluster cluster;

    private TwoSilos(TestCluster cluster) => this.cluster = cluster;

    public TestCluster Cluster => cluster;

    public IGrainFactory Client => cluster.Client;

    /// <summary>The grain factory of the first silo.</summary>
    public IGrainFactory WithinSilo => ServicesOf(0).GetRequiredService<IGrainFactory>();

    public static async Task<TwoSilos> StartAsync(Action<HandlerOptions> configure)
    {
        var builder = new TestClusterBuilder(initialSilosCount: 2);
        builder.Options.ConnectionTransport = ConnectionTransportType.TcpSocket;
        builder.CreateSiloAsync = async (name, configuration)
            => await InProcessSiloHandle.CreateAsync(name, configuration, host => host.UseOrleans(silo => Configure(silo, configure)));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TwoSilos(cluster);
    }

    public IServiceProvider ServicesOf(int silo) => ((InProcessSiloHandle)cluster.Silos[silo]).SiloHost.Services;

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private static void Configure(ISiloBuilder silo, Action<HandlerOptions> configure) => silo
        .AddMemoryGrainStorage(HandlerSiloOptions.StorageName)
        .UseHandlerFailureDetection()
        .AddHandler(configure);
}
