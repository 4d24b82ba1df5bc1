using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Handler.Tests.Hosting;

/// <summary>Several handlers in one application with a real host.</summary>
public sealed class NamedHandlerTests
{
    [Fact]
    public async Task Each_named_handler_has_its_own_options_pools_and_workers()
    {
        using var host = Build(services => services
            .AddHandler(options => options.AddPool("shared", pool => pool.MaxWorkers = 1))
            .AddHandler("reports", options => options.AddPool("shared", pool => pool.MaxWorkers = 2))
            .AddHandler("imports")
            .AddSingleton<Reports>());
        await Wait.For(host.StartAsync(), "the host to start");
        var handlers = new[] { host.Services.GetRequiredService<IHandler>(), Named(host, "reports"), Named(host, "imports") };
        Assert.Equal(3, handlers.Distinct().Count());
        Assert.Same(handlers[1], host.Services.GetRequiredService<Reports>().Handler);
        var pids = new List<int>();
        foreach (var handler in handlers)
            pids.Add((await Wait.For(handler.RunAsync(static () => Environment.ProcessId))).GetValueOrThrow());
        Assert.Equal(3, pids.Distinct().Count());
        Assert.Equal(
            (1, 2),
            (
                (await handlers[0].GetPool("shared").GetSnapshotAsync()).MaxWorkers,
                (await handlers[1].GetPool("shared").GetSnapshotAsync()).MaxWorkers));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => handlers[2].GetPool("shared").GetSnapshotAsync());
        await Wait.For(host.StopAsync(), "the host to stop");
        foreach (var handler in handlers)
            await Assert.ThrowsAsync<ObjectDisposedException>(() => handler.RunAsync(static () => 1));
    }

    [Fact]
    public void The_options_of_a_named_handler_come_from_its_configuration_and_from_every_AddHandler_call()
    {
        using var host = Build(
            services =>
            {
                services.AddOptions<HandlerOptions>("reports").BindConfiguration("Handlers:reports");
                services
                    .AddHandler("reports", options => options.SpareWorkers = 0)
                    .AddHandler("reports", options => options.AddPool("shared", pool => pool.MaxWaiting = 7));
                services.AddHandler("imports");
            },
            ("Handlers:reports:MaxWorkers", "3"),
            ("Handlers:reports:Pools:shared:MaxWorkers", "5"));
        var options = host.Services.GetRequiredService<IOptionsMonitor<HandlerOptions>>();
        var (reports, imports) = (options.Get("reports"), options.Get("imports"));
        Assert.Equal(
            (3, 0, 5, 7),
            (reports.MaxWorkers, reports.SpareWorkers, reports.Pools["shared"].MaxWorkers, reports.Pools["shared"].MaxWaiting));
        Assert.Equal((new HandlerOptions().MaxWorkers, 1, 0), (imports.MaxWorkers, imports.SpareWorkers, imports.Pools.Count));
        Assert.Equal(2, host.Services.GetServices<IHostedService>().Count(service => service is IHandler));
    }

    [Fact]
    public async Task The_start_of_a_host_reports_errors_in_options_with_the_name_of_the_handler()
    {
        using var host = Build(services => services.AddHandler("reports", options => options.SpareWorkers = -1).AddHandler("imports"));
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => Wait.For(host.StartAsync(), "the host not to start"));
        Assert.Equal(
            ("reports", "Handler reports: HandlerOptions.SpareWorkers is -1; it must be between 0 and 64."),
            (exception.OptionsName, exception.Message));
    }

    [Fact]
    public void A_handler_that_was_not_added_cannot_be_resolved()
    {
        using var host = Build(services => services.AddHandler("reports"));
        Assert.Null(host.Services.GetService<IHandler>());
        Assert.Null(host.Services.GetKeyedService<IHandler>("imports"));
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddHandler(" "));
    }

    private static IHandler Named(IHost host, string name) => host.Services.GetRequiredKeyedService<IHandler>(name);

    private static IHost Build(Action<IServiceCollection> add, params (string Key, string Value)[] configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration.Select(entry => KeyValuePair.Create(entry.Key, (string?)entry.Value)));
        builder.Logging.ClearProviders();
        add(builder.Services);
        return builder.Build();
    }

    private sealed class Reports([FromKeyedServices("reports")] IHandler handler)
    {
        public IHandler Handler => handler;
    }
}
