using Handler.Client;
using Handler.Grains.Pools;
using Handler.Pools;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Messaging;
using Orleans.Storage;

namespace Handler.Grains.Tests;

/// <summary>Options of silos and clients, from any source.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public void Options_of_a_client_that_are_out_of_range_are_refused_by_name()
    {
        var services = new ServiceCollection().AddHandlerClient(options => options.MaxPayloadBytes = 1).BuildServiceProvider();
        var exception = Assert.Throws<OptionsValidationException>(()
            => services.GetRequiredService<IOptions<HandlerClientOptions>>().Value);
        Assert.Contains("HandlerClientOptions.MaxPayloadBytes is 1; it must be between 4096 and 100663296", exception.Message);
    }

    [Fact]
    public void All_errors_of_a_client_are_reported_together()
    {
        var services = new ServiceCollection().AddHandlerClient(static options =>
        {
            options.MaxPayloadBytes = 1;
            options.AllowedAssemblies.Add("System.Text.Json");
            options.AddFunction("generic", (Func<int, int>)Same<int>);
        }).BuildServiceProvider();
        var exception = Assert.Throws<OptionsValidationException>(()
            => services.GetRequiredService<IOptions<HandlerClientOptions>>().Value);
        Assert.All(
            ["MaxPayloadBytes is 1", "HandlerClientOptions.AllowedAssemblies has \"System.Text.Json\"", "\"generic\": it is generic"],
            error => Assert.Contains(error, exception.Message));
        var created = Assert.Throws<ArgumentException>(() => HandlerClient.Create(
            Fake.Grains(static (_, _) => throw new NotSupportedException()),
            static options => options.AllowedAssemblies.Add("System.Text.Json")));
        Assert.Equal("configure", created.ParamName);
    }

    [Fact]
    public async Task A_client_without_a_connection_to_a_cluster_says_what_to_add()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddHandlerClient();
        using var host = builder.Build();
        Assert.Contains("UseOrleansClient", (await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task A_silo_with_invalid_pools_does_not_start_and_reports_every_error()
    {
        using var host = SiloHost(silo => silo
            .AddMemoryGrainStorage(HandlerSiloOptions.StorageName)
            .AddHandlerPool("a", pool => pool.Parent = "b")
            .AddHandlerPool("b", pool => pool.Parent = "a")
            .AddHandlerPool("c", pool => pool.MaxWorkers = -1));
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("a → b → a", exception.Message);
        Assert.Contains("Pool c: MaxWorkers is -1", exception.Message);
    }

    [Fact]
    public async Task A_silo_without_grain_storage_does_not_start_and_says_what_to_add()
    {
        using var host = SiloHost(static silo => silo.AddHandlerPool("a"));
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("AddMemoryGrainStorage(\"handler\")", exception.Message);
    }

    [Fact]
    public async Task Pools_of_the_configuration_exist_when_the_silo_has_started()
    {
        using var host = SiloHost(static silo => silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName), new Dictionary<string, string?>
        {
            ["Handler:MinWorkers"] = "0",
            ["Handler:Pools:customer:MaxWorkers"] = "7",
            ["Handler:Pools:customer:Parent"] = "shared",
            ["Handler:Pools:shared:MaxMemoryBytes"] = "1000000",
        });
        await host.StartAsync();
        await using var handler = HandlerClient.Create(host.Services.GetRequiredService<IGrainFactory>());
        Assert.Equal(7, (await handler.GetPool("customer").GetSnapshotAsync()).MaxWorkers);
        Assert.Equal(1_000_000, (await handler.GetPool("shared").GetSnapshotAsync()).MaxMemoryBytes);
        var reject = Assert.IsType<JobRejected>(
            (await handler.GetPool("customer").RunAsync(static () => 1, new JobOptions { MaxHeapBytes = 1_000_001 })).Failure);
        Assert.Equal(("shared", RejectReason.InsufficientMemory), (reject.Pool, reject.Reason));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("Handler:Pools:customer:MaxWorkers", "many")]
    [InlineData("Handler:Pools:customer:MaxWorker", "7")]
    [InlineData("Handler:MaxWorker", "7")]
    [InlineData("Handler:Recycling:MaxJob", "7")]
    [InlineData("Handler:MaxWorkers", "some")]
    [InlineData("Handler:Silo:DrainTimeout", "soon")]
    [InlineData("Handler:Silo:DrainTimeout", "25h")]
    [InlineData("Handler:Silo:MaxMemoryBytes", "8GB")]
    [InlineData("Handler:Silo:MaxMemoryBytes", "1KiB")]
    [InlineData("Handler:Silo:Redis", "127.0.0.1:6379")]
    [InlineData("Handler:MaxMemoryBytes", "8GiB")]
    [InlineData("Handler:Client:DefaultLimits:Timeout", "5s")]
    [InlineData("Handler:MaxPayloadBytes", "200000000")]
    [InlineData("Handler:Silo", "5")]
    [InlineData("Handler:Pools", "5")]
    public async Task An_invalid_or_unknown_setting_prevents_the_start_of_the_silo(string key, string value)
    {
        using var host = SiloHost(
            static silo => silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName),
            new Dictionary<string, string?> { [key] = value });
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(key.Contains("Client", StringComparison.Ordinal) ? "Handler:Client" : key.Split(':')[^1], exception.Message);
    }

    [Theory]
    [InlineData("MaxMemoryBytes is 1048575", "between 1048576 and 1125899906842624", (1 << 20) - 1, 1 << 20)]
    [InlineData("MaxHeldPayloadBytes is 1048575", "between 1048576 and 1125899906842624", 1 << 20, (1 << 20) - 1)]
    public void An_option_of_a_silo_out_of_range_is_named_with_its_value_and_range(string named, string range, long memory, long payloads)
    {
        using var host = SiloHost(silo => silo.Configure<HandlerSiloOptions>(
            options => (options.MaxMemoryBytes, options.MaxHeldPayloadBytes) = (memory, payloads)));
        var options = host.Services.GetRequiredService<IOptions<HandlerSiloOptions>>();
        var exception = Assert.Throws<OptionsValidationException>(() => options.Value);
        Assert.Contains($"HandlerSiloOptions.{named}; it must be {range}.", exception.Message);
    }

    [Fact]
    public async Task The_memory_limit_of_a_silo_is_read_from_the_Silo_section_and_enforced()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Handler:Silo:MaxMemoryBytes"] = "64MiB",
            ["Handler:Silo:MaxHeldPayloadBytes"] = "32MiB",
        };
        using var host = SiloHost(static silo => silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName), settings);
        await host.StartAsync();
        var handler = host.Services.GetRequiredService<IHandler>();
        var outcome = await handler.RunAsync(static () => 1, new JobLimits { MaxHeapBytes = 65L << 20 });
        var reject = Assert.IsType<JobRejected>(outcome.Failure);
        Assert.Equal((null, RejectReason.InsufficientMemory, 64L << 20), (reject.Pool, reject.Reason, reject.Limit));
        Assert.Equal(1, (await handler.RunAsync(static () => 1)).GetValueOrThrow());
        await host.StopAsync();
    }

    [Fact]
    public async Task A_service_of_a_silo_receives_a_handler_with_the_options_of_the_silo()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Handler:DefaultLimits:MaxHeapBytes"] = "7MiB",
            ["Handler:Pools:pool:MaxMemoryBytes"] = "6MiB",
        };
        using var host = SiloHost(
            static silo => silo
                .AddMemoryGrainStorage(HandlerSiloOptions.StorageName).Services
                .AddSingleton<Service>().AddHostedService<Service>(),
            settings);
        await host.StartAsync();
        var handler = host.Services.GetRequiredService<Service>().Handler;
        Assert.Equal(1, (await handler.RunAsync(static () => 1)).GetValueOrThrow());
        var reject = Assert.IsType<JobRejected>((await handler.GetPool("pool").RunAsync(static () => 1)).Failure);
        Assert.Equal(("pool", 7L << 20), (reject.Pool, reject.Requested));
        await host.StopAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => handler.RunAsync(static () => 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_client_in_a_silo_has_its_own_options_in_any_order_of_registration(bool clientFirst)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Handler:DefaultLimits:Timeout"] = "5s",
            ["Handler:Client:DefaultLimits:Timeout"] = "7s",
            ["Handler:Silo:DrainTimeout"] = "9s",
        });
        if (clientFirst)
            builder.Services.AddHandlerClient();
        builder.UseOrleans(static silo => silo.UseLocalhostClustering().AddHandler());
        if (!clientFirst)
            builder.Services.AddHandlerClient();
        using var host = builder.Build();
        var options = host.Services.GetRequiredService<ClusterCaller>().OptionsOf(host.Services);
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<HandlerClientOptions>(options).DefaultLimits.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(5), host.Services.GetRequiredService<IOptions<HandlerOptions>>().Value.DefaultLimits.Timeout);
        Assert.Equal(TimeSpan.FromSeconds(9), host.Services.GetRequiredService<IOptions<HandlerSiloOptions>>().Value.DrainTimeout);
        Assert.Single(host.Services.GetServices<IHandler>());
    }

    [Fact]
    public void A_section_that_is_passed_in_also_configures_the_silo_options()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Jobs:MaxWorkers"] = "3",
            ["Jobs:Silo:DrainTimeout"] = "9s",
            ["Handler:MaxWorkers"] = "5",
        });
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddHandler(silo.Configuration.GetSection("Jobs")));
        using var host = builder.Build();
        Assert.Equal(3, host.Services.GetRequiredService<IOptions<HandlerOptions>>().Value.MaxWorkers);
        Assert.Equal(TimeSpan.FromSeconds(9), host.Services.GetRequiredService<IOptions<HandlerSiloOptions>>().Value.DrainTimeout);
    }

    [Fact]
    public void A_client_reads_its_part_of_the_section_and_reports_unknown_keys()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Handler:Client:MaxPayloadBytes"] = "2MiB",
            ["Handler:Silo:Redis"] = "x",
            ["Handler:MaxWorkers"] = "3",
        };
        Assert.Equal(2 << 20, ClientOptions(settings).MaxPayloadBytes);
        Assert.Equal(
            "Handler:Clients is unknown; did you mean Client?",
            Assert.Throws<OptionsValidationException>(() => ClientOptions(new() { ["Handler:Clients:MaxPayloadBytes"] = "2MiB" })).Message);
        Assert.Equal(
            "Handler:Client:MaxPayload is unknown; did you mean MaxPayloadBytes?",
            Assert.Throws<OptionsValidationException>(() => ClientOptions(new() { ["Handler:Client:MaxPayload"] = "2MiB" })).Message);

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        Assert.Equal(2 << 20, ClientOptions([], services => services.AddHandlerClient(configuration)).MaxPayloadBytes);
        var section = configuration.GetSection("Handler:Client");
        Assert.Equal(2 << 20, ClientOptions([], services => services.AddHandlerClient(section)).MaxPayloadBytes);
    }

    [Fact]
    public void A_section_that_is_named_for_a_client_or_a_silo_must_exist()
    {
        var configuration = new ConfigurationBuilder().Build();
        Assert.Contains(
            "has no section Handler:Client",
            Assert.Throws<OptionsValidationException>(
                () => ClientOptions([], services => services.AddHandlerClient(configuration.GetSection("Handler:Client")))).Message);
        Assert.NotNull(ClientOptions([], services => services.AddHandlerClient(configuration)));

        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddHandler(silo.Configuration.GetSection("Jobs")));
        using var host = builder.Build();
        Assert.Contains(
            "has no section Jobs",
            Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IOptions<HandlerOptions>>().Value).Message);
    }

    [Fact]
    public void An_embedded_handler_beside_a_cluster_handler_needs_a_name_in_any_order_of_registration()
    {
        Assert.All(
            (Action[])
            [
                static () => new ServiceCollection().AddHandler().AddHandlerClient(),
                static () => new ServiceCollection().AddHandlerClient().AddHandler(),
                static () => SiloHost(static silo => silo.Services.AddHandler()),
                static () => Host.CreateApplicationBuilder()
                    .UseOrleans(static silo => silo.Services.AddHandler()).UseOrleans(static silo => silo.AddHandler()),
            ],
            static add => Assert.Contains("services.AddHandler(\"local\")", Assert.Throws<InvalidOperationException>(add).Message));
        Assert.NotNull(new ServiceCollection().AddHandlerClient().AddHandler("local").AddHandlerClient());
    }

    [Fact]
    public async Task Only_one_catalog_accepts_changes_and_pools_follow_only_the_record_that_it_wrote()
    {
        using var host = await StartSiloAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var configuration = PoolConfiguration.From(new PoolOptions { MaxWorkers = 3 });
        Assert.True((await grains.GetGrain<IPoolCatalogGrain>(0).SetAsync("customer", configuration, null, Guid.NewGuid())).Done);
        Assert.Contains(
            "there is no catalog 7",
            (
                await Assert.ThrowsAnyAsync<Exception>(()
                    => grains
                        .GetGrain<IPoolCatalogGrain>(7)
                        .SetAsync("customer", configuration with { Limits = new(1000, 1 << 20) }, null, Guid.NewGuid()))
            ).ToString());
        foreach (var pool in (string[])["customer", "unowned"])
            await grains.GetGrain<IPoolGrain>(pool).FollowAsync();
        Assert.Equal(3, (await grains.GetGrain<IPoolGrain>("customer").GetSnapshotAsync())!.MaxWorkers);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_repeated_change_is_made_once_and_is_not_confused_with_the_change_of_another_caller()
    {
        using var host = await StartSiloAsync();
        var catalog = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IPoolCatalogGrain>(0);
        var (added, removed) = (Guid.NewGuid(), Guid.NewGuid());
        var configuration = PoolConfiguration.From(new PoolOptions { MaxWorkers = 3 });
        for (var i = 0; i < 2; i++)
            Assert.True((await catalog.SetAsync("customer", configuration, null, added)).Done);
        Assert.Equal(1, (await catalog.GetAsync("customer"))!.Version);
        Assert.False((await catalog.SetAsync("customer", configuration, null, Guid.NewGuid())).Done);
        for (var i = 0; i < 2; i++)
            Assert.True(await catalog.RemoveAsync("customer", removed));
        Assert.False(await catalog.RemoveAsync("customer", Guid.NewGuid()));
        Assert.Null(await catalog.GetAsync("customer"));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_repeated_change_does_not_undo_later_changes()
    {
        using var host = await StartSiloAsync();
        var catalog = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IPoolCatalogGrain>(0);
        var (first, removed, again, gone) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var configuration = PoolConfiguration.From(new PoolOptions { MaxWorkers = 3 });
        Assert.True((await catalog.SetAsync("customer", configuration, null, first)).Done);
        Assert.True(await catalog.RemoveAsync("customer", removed));
        Assert.True((await catalog.SetAsync("customer", configuration, null, again)).Done);
        Assert.True(await catalog.RemoveAsync("customer", removed));
        Assert.NotNull(await catalog.GetAsync("customer"));
        Assert.True(await catalog.RemoveAsync("customer", gone));
        Assert.True((await catalog.SetAsync("customer", configuration, null, again)).Done);
        Assert.Null(await catalog.GetAsync("customer"));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_pool_whose_catalog_entry_is_lost_can_be_added_again()
    {
        using var host = await StartSiloAsync();
        var store = host.Services.GetRequiredService<GrainPoolStore>();
        var configuration = PoolConfiguration.From(new PoolOptions { MaxWorkers = 3 });
        await store.FollowAsync("removed", configuration with { Version = 7 }, removed: true);
        await store.FollowAsync("kept", configuration with { Version = 7 }, removed: false);
        await using var handler = HandlerClient.Create(host.Services.GetRequiredService<IGrainFactory>());
        foreach (var name in new[] { "removed", "kept" })
        {
            Assert.True(await handler.TryAddPoolAsync(name, pool => pool.MaxWorkers = 5));
            Assert.Equal(5, (await handler.GetPool(name).GetSnapshotAsync()).MaxWorkers);
        }

        await host.StopAsync();
    }

    [Fact]
    public async Task A_changed_pool_keeps_its_changes_until_a_silo_configures_it_differently()
    {
        using var host = await StartSiloAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var catalog = grains.GetGrain<IPoolCatalogGrain>(0);
        await using var handler = HandlerClient.Create(grains);

        Assert.Empty(await catalog.ConfigureAsync(Pool(workers: 5), [], []));
        Assert.True(await handler.TryUpdatePoolAsync("pool", static pool => pool.MaxWorkers = 7));
        Assert.Empty(await catalog.ConfigureAsync(Pool(workers: 5), [], []));
        Assert.Equal(7, (await handler.GetPool("pool").GetSnapshotAsync()).MaxWorkers);
        Assert.Empty(await catalog.ConfigureAsync(Pool(workers: 6), [], []));
        Assert.Equal(6, (await handler.GetPool("pool").GetSnapshotAsync()).MaxWorkers);
        Assert.True(await handler.RemovePoolAsync("pool"));
        Assert.Empty(await catalog.ConfigureAsync(Pool(workers: 6), [], []));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => handler.GetPool("pool").GetSnapshotAsync());
        Assert.True(await handler.TryAddPoolAsync("pool", static pool => pool.MaxWorkers = 7));
        Assert.Empty(await catalog.ConfigureAsync(Pool(workers: 6), [], []));
        Assert.Equal(7, (await handler.GetPool("pool").GetSnapshotAsync()).MaxWorkers);
        await host.StopAsync();
    }

    [Fact]
    public async Task The_parent_of_a_configured_pool_must_exist_in_the_cluster_with_the_same_spelling()
    {
        using var host = await StartSiloAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var catalog = grains.GetGrain<IPoolCatalogGrain>(0);
        await using var handler = HandlerClient.Create(grains);
        Assert.True(await handler.TryAddPoolAsync("shared"));
        Assert.Empty(await catalog.ConfigureAsync(Child("pool", "shared"), [], []));
        Assert.Equal(
            ["Pool other: Parent names missing, which does not exist."],
            await catalog.ConfigureAsync(Child("other", "missing"), [], []));
        Assert.Equal(
            ["Pool other: Parent names Shared, which does not exist; names are case-sensitive, and there is a pool shared."],
            await catalog.ConfigureAsync(Child("other", "Shared"), [], []));
        Assert.Equal(
            ["Pools POOL and pool differ by case only; use one spelling, or another name."],
            await catalog.ConfigureAsync(Child("POOL", "shared"), [], []));
        Assert.Equal(
            ["The name of pool \"gold \" has a blank at an end; remove it."],
            await catalog.ConfigureAsync(Child("gold ", "shared"), [], []));
        Assert.True(await handler.RemovePoolAsync("pool"));
        Assert.Empty(await catalog.ConfigureAsync(Child("POOL", "shared"), [], []));
        await host.StopAsync();

        static Dictionary<string, PoolConfiguration> Child(string name, string parent)
            => new() { [name] = PoolConfiguration.From(new PoolOptions { Parent = parent }) };
    }

    [Fact]
    public void A_later_setting_in_capitals_does_not_rename_a_pool_of_a_silo()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Handler:Pools:customer:MaxWaiting"] = "7" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["HANDLER:POOLS:CUSTOMER:MAXWORKERS"] = "3" });
        builder.UseOrleans(static silo => silo.UseLocalhostClustering().AddHandler());
        using var host = builder.Build();
        var (name, pool) = Assert.Single(host.Services.GetRequiredService<IOptions<HandlerOptions>>().Value.Pools);
        Assert.Equal(("customer", 3, 7), (name, pool.MaxWorkers, pool.MaxWaiting));
    }

    [Fact]
    public void The_options_of_a_silo_may_name_a_parent_that_exists_only_in_the_cluster()
    {
        using var host = SiloHost(static silo => silo.AddHandlerPool("pool", static pool => pool.Parent = "shared"));
        Assert.Equal("shared", host.Services.GetRequiredService<IOptions<HandlerOptions>>().Value.Pools["pool"].Parent);
    }

    [Fact]
    public async Task A_missing_parent_prevents_the_start_of_the_silo()
    {
        using var host = SiloHost(static silo => silo
            .AddMemoryGrainStorage(HandlerSiloOptions.StorageName)
            .AddHandlerPool("pool", static pool => pool.Parent = "missing"));
        Assert.Contains("Parent names missing", (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task The_log_names_each_pool_that_is_added_changed_or_removed_and_the_source_of_the_change()
    {
        var log = new Lines();
        using var host = SiloHost(silo =>
            silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName).Services.AddSingleton<ILoggerProvider>(log));
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var catalog = grains.GetGrain<IPoolCatalogGrain>(0);
        await using var handler = HandlerClient.Create(grains);
        await catalog.ConfigureAsync(Pool(workers: 5), [], [], "S1");
        Assert.Equal(
            "Pool pool was added by the configuration of silo S1: MaxWorkers 5, MaxMemoryBytes 10737418240, MaxWaiting 1000",
            log.Last);
        Assert.True(await handler.TryUpdatePoolAsync("pool", static pool => pool.MaxWorkers = 7));
        Assert.StartsWith("Pool pool was changed by ", log.Last);
        Assert.Contains($"(process {Environment.ProcessId} on {Environment.MachineName}): it had MaxWorkers 5,", log.Last);
        Assert.Contains("and has MaxWorkers 7,", log.Last);
        await catalog.ConfigureAsync(Pool(workers: 5), [], [], "S2");
        Assert.StartsWith("Pool pool stays as it was changed since, with MaxWorkers 7,", log.Last);
        Assert.Contains("the configuration of silo S2 has what a silo's configuration had before, MaxWorkers 5,", log.Last);
        Assert.True(await catalog.RemoveAsync("pool", Guid.NewGuid(), "somebody\nPool all was removed"));
        Assert.Equal("Pool pool was removed by somebody Pool all was removed", log.Last);
        await catalog.ConfigureAsync(Pool(workers: 5), [], [], "S3");
        Assert.Equal("Pool pool stays removed: the configuration of silo S3 has what a silo's configuration had before", log.Last);
        await host.StopAsync();
    }

    /// <summary>The log lines about pools.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        private volatile string last = "";

        public string Last => last;

        public ILogger CreateLogger(string categoryName) => categoryName == typeof(IPool).FullName ? this : NullLogger.Instance;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
            => last = formatter(state, exception);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }

    [Theory]
    [InlineData(typeof(JsonGrainStorageSerializer))]
    [InlineData(typeof(SystemTextJsonGrainStorageSerializer))]
    [InlineData(typeof(OrleansGrainStorageSerializer))]
    public void A_configuration_survives_a_round_trip_through_storage(Type kind)
    {
        using var host = SiloHost(static _ => { });
        var serializer = (IGrainStorageSerializer)ActivatorUtilities.CreateInstance(host.Services, kind);
        var stored = new StoredConfiguration
        {
            MaxWorkers = 1,
            MaxMemoryBytes = 2,
            MaxWaiting = 3,
            Parent = "parent",
            Selector = "by name",
            SelectorConfig = "a, b",
        };
        CatalogEntry[] entries =
        [
            new()
            {
                Configuration = stored,
                Configured = stored with { MaxWorkers = 0 },
                Version = 4,
                Changes = [Guid.NewGuid(), Guid.NewGuid()],
            },
            new() { Configuration = stored, Removed = true },
            new() { Configured = new() },
        ];
        Assert.All(entries, entry =>
        {
            var read = serializer.Deserialize<CatalogEntry>(serializer.Serialize(entry))!;
            Assert.Equal(entry.Changes, read.Changes);
            Assert.Equal(entry, read with { Changes = entry.Changes });
        });
    }

    [Fact]
    public async Task The_jobs_of_an_application_end_with_its_host()
    {
        using var host = SiloHost(static silo => silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName).Services.AddHandlerClient());
        await host.StartAsync();
        var handler = host.Services.GetRequiredService<IHandler>();
        Assert.True(await handler.TryAddPoolAsync("pool"));
        var job = await handler.GetPool("pool").StartAsync(BadJobs.CpuHogs.Sleep, null);
        await host.StopAsync();
        Assert.Equal(KillCause.Shutdown, Assert.IsType<JobKilled>((await job.Outcome).Failure).Cause);
    }

    [Fact]
    public async Task A_service_of_a_client_can_request_the_handler_before_the_client_is_connected()
    {
        var gateway = FreePorts.Next();
        using var silo = SiloHost(static silo => silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName), gatewayPort: gateway);
        await silo.StartAsync();
        using var client = ClientHost(client => client.UseLocalhostClustering(gateway));
        await client.StartAsync();
        Assert.Equal(1, (await client.Services.GetRequiredService<Service>().Handler.RunAsync(static () => 1)).GetValueOrThrow());
        await client.StopAsync();
        await silo.StopAsync();
    }

    [Fact]
    public async Task A_client_that_finds_no_silo_throws_and_can_be_stopped()
    {
        using var client = ClientHost(static client =>
            client.UseLocalhostClustering(FreePorts.Next()).UseConnectionRetryFilter(static (_, _) => Task.FromResult(false)));
        await Assert.ThrowsAsync<ConnectionFailedException>(() => client.StartAsync());
        await client.StopAsync();
    }

    [Theory]
    [InlineData(1, 2, 1.5)]
    [InlineData(4, 3, 9)]
    public void MaxSilence_of_a_silo_is_shorter_than_the_time_after_which_other_silos_declare_it_dead(
        int probeTimeout,
        int missedProbes,
        double maxSilence)
    {
        using var host = SiloHost(silo =>
            silo.UseHandlerFailureDetection()
                .Configure<ClusterMembershipOptions>(options =>
                    (options.ProbeTimeout, options.NumMissedProbesLimit) = (TimeSpan.FromSeconds(probeTimeout), missedProbes)));
        Assert.Equal(TimeSpan.FromSeconds(maxSilence), host.Services.GetRequiredService<IOptions<HandlerOptions>>().Value.MaxSilence);
    }

    private static T Same<T>(T value) => value;

    private static HandlerClientOptions ClientOptions(Dictionary<string, string?> settings, Action<IServiceCollection>? add = null)
    {
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        (add ?? (static services => services.AddHandlerClient()))(services);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<HandlerClientOptions>>().Value;
    }

    private static Dictionary<string, PoolConfiguration> Pool(int workers)
        => new() { ["pool"] = PoolConfiguration.From(new PoolOptions { MaxWorkers = workers }) };

    private static async Task<IHost> StartSiloAsync()
    {
        var host = SiloHost(static silo => silo.AddMemoryGrainStorage(HandlerSiloOptions.StorageName));
        await host.StartAsync();
        return host;
    }

    private static IHost SiloHost(Action<ISiloBuilder> configure, Dictionary<string, string?>? settings = null, int? gatewayPort = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort: FreePorts.Next(), gatewayPort: gatewayPort ?? FreePorts.Next()).AddHandler();
            configure(silo);
        });
        return builder.Build();
    }

    private static IHost ClientHost(Action<IClientBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleansClient(configure);
        builder
            .Services.AddHandlerClient()
            .AddSingleton<Service>()
            .AddHostedService(static services => services.GetRequiredService<Service>());
        return builder.Build();
    }

    /// <summary>A part of an application that is created when its host starts.</summary>
    private sealed class Service(IHandler handler) : BackgroundService
    {
        public IHandler Handler => handler;

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
