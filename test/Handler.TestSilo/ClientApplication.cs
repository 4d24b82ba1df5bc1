using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Handler.TestSilo;

/// <summary>An application whose jobs run on a cluster of test silos.</summary>
public static class ClientApplication
{
    /// <summary>Creates the builder of its host. An unavailable Redis does not end the application.</summary>
    public static HostApplicationBuilder CreateBuilder(string redis, string clusterId, Action<IClientBuilder>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (clusterId, clusterId))
                .UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(redis + ",abortConnect=false"));
            configure?.Invoke(client);
        });
        builder.Services.AddHandlerClient();
        return builder;
    }
}
