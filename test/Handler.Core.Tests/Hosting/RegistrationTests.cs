using Handler.Cluster;
using Handler.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Handler.Tests.Hosting;

/// <summary>What <c>AddHandler</c> reads and registers.</summary>
public sealed class RegistrationTests
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Handler:MaxWorkers"] = "3",
        ["Other:MaxWorkers"] = "5",
        ["MaxWorkers"] = "7",
    };

    [Fact]
    public void The_Handler_section_is_read_by_default_and_before_options_are_set_by_code()
    {
        Assert.Equal((3, 1), Read(static services => services.AddHandler(static options => options.MinWorkers = options.MaxWorkers - 2)));
        Assert.Equal((9, 1), Read(static services => services.AddHandler(static options => options.MaxWorkers = 9).AddHandler()));
    }

    [Fact]
    public void A_host_without_the_section_has_the_defaults()
    {
        using var host = Build(static services => services.AddHandler(), []);
        Assert.Equal(new HandlerOptions().MaxWorkers, OptionsOf(host).MaxWorkers);
        using var services = new ServiceCollection().AddHandler().BuildServiceProvider();
        Assert.Equal(new HandlerOptions().MaxWorkers, services.GetRequiredService<IOptions<HandlerOptions>>().Value.MaxWorkers);
    }

    [Fact]
    public void A_section_that_is_passed_in_replaces_the_default_one_in_any_order_of_calls()
    {
        var other = new ConfigurationBuilder().AddInMemoryCollection(Settings).Build().GetSection("Other");
        Assert.Equal((5, 1), Read(services => services.AddHandler(other)));
        Assert.Equal((5, 0), Read(services => services.AddHandler(static options => options.MinWorkers = 0).AddHandler(other)));
        Assert.Equal((5, 0), Read(services => services.AddHandler(other).AddHandler(static options => options.MinWorkers = 0)));
    }

    [Fact]
    public void AddHandler_reads_the_Handler_section_of_a_whole_configuration()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings).Build();
        Assert.Equal((3, 1), Read(services => services.AddHandler(configuration), []));
        Assert.Equal((3, 0), Read(services => services.AddHandler(configuration, static options => options.MinWorkers = 0), []));
        Assert.Throws<ArgumentNullException>(() => new ServiceCollection().AddHandler(configuration: null!));
    }

    [Fact]
    public void A_named_handler_reads_only_the_section_that_is_passed_in()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings).Build();
        using var host = Build(
            services => services
                .AddHandler("none")
                .AddHandler("given", configuration.GetSection("Other"))
                .AddHandler("root", configuration),
            Settings);
        var options = host.Services.GetRequiredService<IOptionsMonitor<HandlerOptions>>();
        Assert.Equal(
            [new HandlerOptions().MaxWorkers, 5, 3],
            [options.Get("none").MaxWorkers, options.Get("given").MaxWorkers, options.Get("root").MaxWorkers]);
    }

    [Fact]
    public void A_section_that_is_named_must_exist_but_the_usual_one_and_an_empty_one_need_not_have_settings()
    {
        const string Error = "The configuration has no section Jobs:Ours to read options from. Add it, or correct its name.";
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Jobs:Empty", null)]).Build();
        using var missing = Build(services => services.AddHandler(configuration.GetSection("Jobs:Ours")), []);
        Assert.Equal(Error, Assert.Throws<OptionsValidationException>(() => OptionsOf(missing)).Message);
        using var named = Build(services => services.AddHandler("named", configuration.GetSection("Jobs:Ours")), []);
        var options = named.Services.GetRequiredService<IOptionsMonitor<HandlerOptions>>();
        Assert.Contains(Error, Assert.Throws<OptionsValidationException>(() => options.Get("named")).Message);

        using var empty = Build(services => services.AddHandler(configuration.GetSection("Jobs:Empty")), []);
        Assert.NotNull(OptionsOf(empty));
        using var whole = Build(services => services.AddHandler(configuration), []);
        Assert.NotNull(OptionsOf(whole));
    }

    [Fact]
    public async Task All_errors_of_configuration_and_code_are_reported_when_the_host_starts()
    {
        using var host = Build(
            static services => services.AddHandler(static options => options.SpareWorkers = -1),
            new() { ["Handler:MaxWorker"] = "3", ["Handler:MaxQueuedJobs"] = "few", ["Handler:Pools:a:MaxMemoryBytes"] = "2GB" });
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(4, exception.Failures.Count());
        Assert.All(
            [
                "HandlerOptions.SpareWorkers is -1",
                "Handler:MaxWorker is unknown",
                "Handler:MaxQueuedJobs is \"few\"",
                "Handler:Pools:a:MaxMemoryBytes is \"2GB\"",
            ],
            error => Assert.Contains(error, exception.Message));
    }

    [Fact]
    public void Configuration_keys_that_another_host_in_the_application_reads_are_accepted()
    {
        var settings = new Dictionary<string, string?> { ["Handler:Silo:DrainTimeout"] = "1s" };
        using var alone = Build(static services => services.AddHandler(), settings);
        Assert.Contains("Handler:Silo is read by a silo", Assert.Throws<OptionsValidationException>(() => OptionsOf(alone)).Message);
        using var both = Build(static services => services.AddHandler().AddKeysReadElsewhere<HandlerOptions>("Silo"), settings);
        Assert.NotNull(OptionsOf(both));
    }

    [Fact]
    public void An_embedded_handler_and_one_of_a_cluster_need_different_names()
    {
        var services = new ServiceCollection().AddSingleton<RemoteHandler>();
        var exception = Assert.Throws<InvalidOperationException>(() => services.AddHandler());
        Assert.All(
            ["services.AddHandler()", "services.AddHandlerClient()", "services.AddHandler(\"local\")"],
            text => Assert.Contains(text, exception.Message));
        Assert.NotNull(new ServiceCollection().AddSingleton<RemoteHandler>().AddHandler("local"));
    }

    private static (int MaxWorkers, int MinWorkers) Read(Action<IServiceCollection> add, Dictionary<string, string?>? settings = null)
    {
        using var host = Build(add, settings ?? Settings);
        var options = OptionsOf(host);
        return (options.MaxWorkers, options.MinWorkers);
    }

    private static HandlerOptions OptionsOf(IHost host) => host.Services.GetRequiredService<IOptions<HandlerOptions>>().Value;

    private static IHost Build(Action<IServiceCollection> add, Dictionary<string, string?> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings);
        add(builder.Services);
        return builder.Build();
    }
}
