using Handler.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Handler.Tests.Pools;

/// <summary>Pools that come from a configuration.</summary>
public sealed class PoolConfigurationTests
{
    [Fact]
    public void Pools_are_read_from_a_configuration_and_from_code()
    {
        var options = Bind(
            new()
            {
                ["Handler:MaxWorkers"] = "3",
                ["Handler:Pools:customer:MaxWorkers"] = "5",
                ["Handler:Pools:customer:MaxMemoryBytes"] = "1000000",
                ["Handler:Pools:customer:Parent"] = "shared",
                ["Handler:Pools:shared:MaxWaiting"] = "7",
            },
            handler => handler.AddPool("shared", pool => pool.MaxWorkers = 20));
        Assert.Equal((3, 2), (options.MaxWorkers, options.Pools.Count));
        var (customer, shared) = (options.Pools["customer"], options.Pools["shared"]);
        Assert.Equal(
            (5, 1_000_000L, "shared", 1_000),
            (customer.MaxWorkers, customer.MaxMemoryBytes, customer.Parent, customer.MaxWaiting));
        Assert.Equal((20, 10L << 30, null, 7), (shared.MaxWorkers, shared.MaxMemoryBytes, shared.Parent, shared.MaxWaiting));
    }

    [Fact]
    public void Pools_can_be_added_by_code_before_the_configuration_is_bound()
    {
        var services = Services(new() { ["Handler:Pools:shared:MaxWaiting"] = "7" });
        services.AddHandler(handler => handler.AddPool("shared", pool => pool.MaxWorkers = 20));
        services.AddOptions<HandlerOptions>().BindConfiguration("Handler");
        using var provider = services.BuildServiceProvider();
        var shared = provider.GetRequiredService<IOptions<HandlerOptions>>().Value.Pools["shared"];
        Assert.Equal((20, 7), (shared.MaxWorkers, shared.MaxWaiting));
    }

    [Fact]
    public void All_errors_in_a_configuration_are_reported()
    {
        var exception = Assert.Throws<OptionsValidationException>(()
            => Bind(
                new()
                {
                    ["Handler:Pools:a:Parent"] = "b",
                    ["Handler:Pools:b:Parent"] = "a",
                    ["Handler:Pools:c:MaxWorkers"] = "-1",
                }));
        Assert.Equal(2, exception.Failures.Count());
        Assert.Contains("a → b → a", exception.Message);
        Assert.Contains("Pool c: MaxWorkers is -1", exception.Message);
    }

    [Fact]
    public void Unreadable_values_and_unknown_keys_are_reported_together_with_all_other_errors()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Handler:MaxWorkers"] = "many",
            ["Handler:MaxWorker"] = "3",
            ["Handler:Recycling:MaxJob"] = "3",
            ["Handler:Pools:a:MaxWorkers"] = "3000000000",
            ["Handler:Pools:b:MaxWorkers"] = "-4",
            ["Handler:Pools:c:Ancestor"] = "a",
            ["Handler:Pools:d"] = "5",
        }).Build();
        foreach (var name in new[] { Options.DefaultName, "named" })
        {
            var services = new ServiceCollection();
            _ =
                name.Length == 0
                    ? services.AddHandler(configuration.GetSection("Handler"))
                    : services.AddHandler(name, configuration.GetSection("Handler"));
            using var provider = services.BuildServiceProvider();
            var exception = Assert.Throws<OptionsValidationException>(()
                => provider.GetRequiredService<IOptionsMonitor<HandlerOptions>>().Get(name));
            Assert.Equal(7, exception.Failures.Count());
            Assert.All(
                [
                    "Handler:MaxWorkers is \"many\"; it must be a whole number between 1 and 4096.",
                    "Handler:MaxWorker is unknown; did you mean MaxWorkers?",
                    "Handler:Recycling:MaxJob is unknown; did you mean MaxJobs?",
                    "Handler:Pools:a:MaxWorkers is \"3000000000\"; it must be a whole number between 0 and 1000000.",
                    "Pool b: MaxWorkers is -4",
                    "Handler:Pools:c:Ancestor is unknown; known are ",
                    "Handler:Pools:d has a value",
                ],
                error => Assert.Contains(error, exception.Message));
        }
    }

    [Fact]
    public void Configuration_keys_in_any_case_apply_to_pools_that_are_defined_in_code()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Handler:POOLS:CUSTOMER:MAXWORKERS"] = "3" })
            .Build();
        var services = new ServiceCollection()
            .AddHandler(options => options.AddPool("customer", pool => pool.MaxWaiting = 7))
            .AddHandler(configuration.GetSection("Handler"));
        using var provider = services.BuildServiceProvider();
        var (name, pool) = Assert.Single(provider.GetRequiredService<IOptions<HandlerOptions>>().Value.Pools);
        Assert.Equal(("customer", 3, 7), (name, pool.MaxWorkers, pool.MaxWaiting));
    }

    [Fact]
    public void The_first_source_determines_the_spelling_of_a_pool_name_and_later_sources_set_further_options()
    {
        // Enough entries that an unstable sort changes their order.
        var many = Enumerable.Range(0, 30).ToDictionary(i => $"Handler:Pools:pool{i}:MaxWorkers", string? (_) => "1");
        var capitals = new Dictionary<string, string?>
        {
            ["HANDLER:POOLS:CUSTOMER:MAXWORKERS"] = "3",
            ["Handler:WorkerEnvironment:MODE"] = "later",
        };
        var file = new Dictionary<string, string?>(many)
        {
            ["Handler:Pools:customer:MaxWaiting"] = "7",
            ["Handler:Pools:order:Parent"] = "customer",
            ["Handler:WorkerEnvironment:Mode"] = "first",
        };
        foreach (var chained in new[] { false, true })
        {
            var first = new ConfigurationBuilder().AddInMemoryCollection(file);
            var all = chained ? new ConfigurationBuilder().AddConfiguration(first.Build()) : first;
            var options = Bound(all.AddInMemoryCollection(capitals).Build().GetSection("Handler"));
            Assert.Contains("customer", options.Pools.Keys);
            Assert.DoesNotContain("CUSTOMER", options.Pools.Keys);
            Assert.Equal((3, 7), (options.Pools["customer"].MaxWorkers, options.Pools["customer"].MaxWaiting));
            Assert.Equal([new("Mode", "later")], options.WorkerEnvironment);
        }

        static HandlerOptions Bound(IConfigurationSection section)
        {
            using var provider = new ServiceCollection().AddHandler(section).BuildServiceProvider();
            return provider.GetRequiredService<IOptions<HandlerOptions>>().Value;
        }
    }

    [Fact]
    public void Pools_added_by_code_under_names_that_differ_only_in_case_are_one_pool()
    {
        var (name, pool) = Assert.Single(
            new HandlerOptions().AddPool("customer", pool => pool.MaxWorkers = 3).AddPool("CUSTOMER", pool => pool.MaxWaiting = 7).Pools);
        Assert.Equal(("customer", 3, 7), (name, pool.MaxWorkers, pool.MaxWaiting));
    }

    [Fact]
    public void An_error_for_a_parent_in_the_wrong_case_names_the_right_spelling()
    {
        var options = new HandlerOptions().AddPool("shared").AddPool("customer", pool => pool.Parent = "Shared");
        Assert.Contains(
            "Pool customer: Parent names Shared, which does not exist; names are case-sensitive, and there is a pool shared.",
            new HandlerOptionsValidator().Validate(null, options).FailureMessage);
    }

    [Theory]
    [InlineData("two\nlines", "The name of pool twolines contains control characters; remove them.")]
    [InlineData(" gold", "The name of pool \" gold\" has a blank at an end; remove it.")]
    [InlineData("gold ", "The name of pool \"gold \" has a blank at an end; remove it.")]
    [InlineData("gold\u00a0", "has a blank at an end; remove it.")]
    public void A_pool_name_with_control_characters_or_a_blank_at_an_end_is_refused(string name, string why)
        => Assert.Contains(why, new HandlerOptionsValidator().Validate(null, new HandlerOptions().AddPool(name)).FailureMessage);

    [Fact]
    public void A_pool_name_may_have_blanks_inside()
        => Assert.True(new HandlerOptionsValidator().Validate(null, new HandlerOptions().AddPool("gold customers")).Succeeded);

    [Fact]
    public async Task A_pool_that_is_added_later_must_not_have_a_blank_at_an_end_of_its_name()
    {
        await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 1);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => handler.TryAddPoolAsync("gold "));
        Assert.Contains("The name of pool \"gold \" has a blank at an end; remove it.", refused.Message);
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused_with_the_range()
        => Assert.Contains(
            "of 257 characters, which begins with nnnnnnnnnnnnnnnnnnnn; it must have between 1 and 256",
            new HandlerOptionsValidator().Validate(null, new HandlerOptions().AddPool(new string('n', 257))).FailureMessage);

    [Fact]
    public void A_pool_without_options_is_named()
    {
        var options = new HandlerOptions { Pools = { ["x"] = null! } };
        Assert.Contains("Pools[\"x\"] is null", new HandlerOptionsValidator().Validate(null, options).FailureMessage);
    }

    [Fact]
    public async Task The_handler_of_an_application_has_the_pools_of_its_configuration()
    {
        var services = Services(new() { ["Handler:Pools:customer:MaxWorkers"] = "1", ["Handler:MinWorkers"] = "1" });
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddOptions<HandlerOptions>().BindConfiguration("Handler");
        services.AddHandler();
        await using var provider = services.BuildServiceProvider();
        var handler = provider.GetRequiredService<IHandler>();
        var pool = handler.GetPool("customer");
        Assert.Equal(1, (await Wait.For(pool.RunAsync(static () => 1))).GetValueOrThrow());
        await using var job = await Wait.For(pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite)));
        Assert.IsType<JobRejected>((await Wait.For(pool.RunAsync(static () => 1))).Failure);
        Assert.True(await handler.TryUpdatePoolAsync("customer", options => options.MaxWorkers = 2));
        Assert.True((await Wait.For(pool.RunAsync(static () => 1))).IsSuccess);
        Assert.Equal(2, (await pool.GetSnapshotAsync()).MaxWorkers);
        Assert.Equal(1, await pool.KillAllAsync());
    }

    private static HandlerOptions Bind(Dictionary<string, string?> configuration, Action<HandlerOptions>? configure = null)
    {
        var services = Services(configuration);
        services.AddOptions<HandlerOptions>().BindConfiguration("Handler");
        services.AddHandler(configure);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<HandlerOptions>>().Value;
    }

    private static ServiceCollection Services(Dictionary<string, string?> configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build());
        return services;
    }
}
