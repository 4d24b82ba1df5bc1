using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Handler.Snippets;

internal static class ClusterSnippets
{
    public static void Silo(string[] args)
    {
        #region silo
        var builder = Host.CreateApplicationBuilder(args);
        builder.UseOrleans(silo => silo
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("handler", "handler"))
            .UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse("127.0.0.1:6379"))
            .AddRedisGrainStorage("handler", options => options.ConfigurationOptions = ConfigurationOptions.Parse("127.0.0.1:6379"))
            .ConfigureEndpoints(IPAddress.Loopback, siloPort: 11111, gatewayPort: 30000) // beyond loopback only with mutual TLS
            .UseHandlerFailureDetection()
            .AddHandler(options => options.MaxWorkers = 8)
            .AddHandlerPool("customers", pool => pool.MaxWorkers = 20)
            .AddHandlerPool("acme", pool => { pool.MaxWorkers = 5; pool.Parent = "customers"; }));
        builder.Build().Run();
        #endregion
    }

    public static void Client(string[] args)
    {
        #region client
        var builder = Host.CreateApplicationBuilder(args);
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("handler", "handler"))
            .UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse("127.0.0.1:6379")));
        builder.Services.AddHandlerClient(); // then inject IHandler
        builder.Build().Run();
        #endregion
    }
}
