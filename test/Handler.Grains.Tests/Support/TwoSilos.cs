using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Handler.Grains.Tests;

/// <summary>A cluster of two silos in this process, joined by sockets.</summary>
internal sealed class TwoSilos : IAsyncDisposable
{
    private static readonly SemaphoreSlim Starting = new(1);

    // The builder creates its configurators itself, so their configuration is passed through this field. Clusters start one after another.
    private static Action<HandlerOptions> configuring = static _ => { };

    private readonly TestCluster cluster;

    private TwoSilos(TestCluster cluster) => this.cluster = cluster;

    public TestCluster Cluster => cluster;

    public IGrainFactory Client => cluster.Client;

    /// <summary>The grain factory of the first silo.</summary>
    public IGrainFactory WithinSilo => ServicesOf(0).GetRequiredService<IGrainFactory>();

    public static async Task<TwoSilos> StartAsync(Action<HandlerOptions> configure)
    {
        await Starting.WaitAsync();
        try
        {
            configuring = configure;
            var builder = new TestClusterBuilder(initialSilosCount: 2);
            builder.Options.ConnectionTransport = ConnectionTransportType.TcpSocket;
            builder.AddSiloBuilderConfigurator<Silos>();
            var cluster = builder.Build();
            await cluster.DeployAsync();
            return new TwoSilos(cluster);
        }
        finally
        {
            Starting.Release();
        }
    }

    public IServiceProvider ServicesOf(int silo) => ((InProcessSiloHandle)cluster.Silos[silo]).SiloHost.Services;

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private sealed class Silos : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) => siloBuilder
            .AddMemoryGrainStorage(HandlerSiloOptions.StorageName)
            .UseHandlerFailureDetection()
            .AddHandler(configuring);
    }
}
