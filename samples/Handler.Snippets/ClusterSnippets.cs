using System.Net;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Handler.Snippets;

internal static class ClusterSnippets
{
    public static void Silo(string[] args)
    {
        #region silo
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(args);
        builder.UseOrleans(silo => silo
            .UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse("127.0.0.1:6379"))
            .AddRedisGrainStorage("handler", options => options.ConfigurationOptions = ConfigurationOptions.Parse("127.0.0.1:6379"))
            .ConfigureEndpoints(IPAddress.Loopback, siloPort: 11111, gatewayPort: 30000) // beyond loopback only with mutual TLS
            .UseHandlerFailureDetection()
            .AddHandler(options => options.MaxWorkers = 8)
            .AddHandlerPool("customers", pool => pool.MaxWorkers = 20)
            .AddHandlerPool("acme", pool => { pool.MaxWorkers = 5; pool.Parent = "customers"; }));
        #endregion
        Console.WriteLine(builder.Services.Count);
    }

    public static void Client(string[] args)
    {
        #region client
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(args);
        builder.UseOrleansClient(client => client
            .UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse("127.0.0.1:6379")));
        builder.Services.AddHandlerClient(); // then take an IHandler where you need it
        #endregion
        Console.WriteLine(builder.Services.Count);
    }
}
