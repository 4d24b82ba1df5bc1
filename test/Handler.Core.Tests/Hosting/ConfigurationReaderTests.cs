using Handler.Hosting;
using Microsoft.Extensions.Configuration;

namespace Handler.Tests.Hosting;

/// <summary>Options as a configuration writes them.</summary>
public sealed class ConfigurationReaderTests
{
    [Fact]
    public void Every_kind_of_option_is_read()
    {
        var options = new HandlerOptions();
        Assert.Empty(Read(options, new()
        {
            ["MaxWorkers"] = "7",
            ["maxpayloadbytes"] = "8MiB",
            ["StartTimeout"] = "30s",
            ["RegisteredFunctionsOnly"] = "true",
            ["AllowedAssemblies:0"] = "One",
            ["AllowedAssemblies:1"] = "Two",
            ["DefaultLimits:MaxHeapBytes"] = "200MiB",
            ["DefaultLimits:MaxResidentBytes"] = "1GiB",
            ["DefaultLimits:Timeout"] = "00:01:30",
            ["DefaultLimits:CpuTime"] = "20s",
            ["DefaultLimits:MaxProcesses"] = "8",
            ["DefaultLimits:MaxFileBytes"] = "1GiB",
            ["Recycling:MaxAge"] = "2h",
            ["Recycling:MaxGrowthBytes"] = "1048576",
            ["Hardening:UserId"] = "1000",
            ["Hardening:MaxFileBytes"] = "",
            ["Hardening:MaxOpenFiles"] = null,
            ["Hardening:ControlGroup"] = "off",
            ["Pools:customer:MaxMemoryBytes"] = "5GiB",
            ["Pools:customer:Parent"] = "shared",
            ["WorkerEnvironment:MODE"] = "fast",
            ["Pools:customer:Profile"] = "untrusted",
            ["Profiles:untrusted:Sharing"] = "pool",
            ["Profiles:untrusted:SpareWorkers"] = "3",
            ["Profiles:untrusted:Recycling:MaxJobs"] = "9",
            ["Profiles:untrusted:Hardening:DenyNetwork"] = "true",
            ["Profiles:untrusted:WorkerEnvironment:MODE"] = "slow",
        }));
        Assert.Equal((7, 8 << 20), (options.MaxWorkers, options.MaxPayloadBytes));
        Assert.Equal((TimeSpan.FromSeconds(30), true), (options.StartTimeout, options.RegisteredFunctionsOnly));
        Assert.Equal(["One", "Two"], options.AllowedAssemblies);
        Assert.Equal(
            new JobLimits
            {
                MaxHeapBytes = 200L << 20,
                MaxResidentBytes = 1L << 30,
                Timeout = TimeSpan.FromSeconds(90),
                CpuTime = TimeSpan.FromSeconds(20),
                MaxProcesses = 8,
                MaxFileBytes = 1L << 30,
            },
            options.DefaultLimits);
        Assert.Equal((TimeSpan.FromHours(2), 1L << 20), (options.Recycling.MaxAge, options.Recycling.MaxGrowthBytes));
        var hardening = options.Hardening;
        Assert.Equal((1000, ControlGroupMode.Off), (hardening.UserId, hardening.ControlGroup));
        Assert.Equal((null, null), (hardening.MaxFileBytes, hardening.MaxOpenFiles));
        Assert.Equal((5L << 30, "shared"), (options.Pools["customer"].MaxMemoryBytes, options.Pools["customer"].Parent));
        Assert.Equal([new("MODE", "fast")], options.WorkerEnvironment);
        var (name, profile) = Assert.Single(options.Profiles);
        Assert.Equal(("untrusted", "untrusted"), (name, options.Pools["customer"].Profile));
        Assert.Equal((WorkerSharing.Pool, 3), (profile.Sharing, profile.SpareWorkers));
        Assert.Equal((9, true), (profile.Recycling.MaxJobs, profile.Hardening.DenyNetwork));
        Assert.Equal([new("MODE", "slow")], profile.WorkerEnvironment);
        Assert.Equal(1_000_000, options.Recycling.MaxJobs);
    }

    [Fact]
    public void The_strict_level_is_set_before_single_options_wherever_they_stand()
    {
        var options = new HandlerOptions();
        Assert.Empty(Read(options, new()
        {
            ["Hardening:DenyNetwork"] = "false",
            ["Hardening:UseStrict"] = "true",
            ["Hardening:MaxFileBytes"] = "2GiB",
            ["Profiles:untrusted:Hardening:UseStrict"] = "True",
            ["Profiles:open:Hardening:UseStrict"] = "false",
        }));
        var all = options.Hardening;
        Assert.Equal((false, true, 2L << 30), (all.DenyNetwork, all.RestrictReads, all.MaxFileBytes));
        var (strict, open) = (options.Profiles["untrusted"].Hardening, options.Profiles["open"].Hardening);
        Assert.Equal((true, true, 1L << 30), (strict.DenyNetwork, strict.IsolateProcesses, strict.MaxFileBytes));
        Assert.Equal((false, false, 4L << 30), (open.DenyNetwork, open.IsolateProcesses, open.MaxFileBytes));
    }

    [Theory]
    [InlineData("MaxWorker", "1", "Handler:MaxWorker is unknown; did you mean MaxWorkers?")]
    [InlineData("Pool:a:MaxWorkers", "1", "Handler:Pool is unknown; did you mean Pools?")]
    [InlineData("Recycling:MaxAges", "1", "Handler:Recycling:MaxAges is unknown; did you mean MaxAge?")]
    [InlineData("Hardening:Nice", "1", "Handler:Hardening:Nice is unknown; did you mean Niceness?")]
    [InlineData("DefaultLimits:TimeOuts", "1", "Handler:DefaultLimits:TimeOuts is unknown; did you mean Timeout?")]
    [InlineData("Pools:a:MaxWorker", "1", "Handler:Pools:a:MaxWorker is unknown; did you mean MaxWorkers?")]
    [InlineData("Hardening:Elephants", "1", "Handler:Hardening:Elephants is unknown; known are ControlGroup, CpuWeight, DenyFile")]
    [InlineData("Elephants", "1", "Handler:Elephants is unknown; known are AllowedAssemblies, Client, DefaultLimits, ")]
    [InlineData("SerializerType", "X", "Handler:SerializerType is unknown; known are ")]
    [InlineData("MaxWorkers", "many", "Handler:MaxWorkers is \"many\"; it must be a whole number between 1 and 4096.")]
    [InlineData("MaxWorkers", "2.5", "Handler:MaxWorkers is \"2.5\"; it must be a whole number between 1 and 4096.")]
    [InlineData("MaxWorkers", "", "Handler:MaxWorkers has no value; it must be a whole number between 1 and 4096.")]
    [InlineData("MaxWorkers", null, "Handler:MaxWorkers has no value; it must be a whole number between 1 and 4096.")]
    [InlineData("MaxWorkers:More", "1", "Handler:MaxWorkers is a section; it must be a whole number between 1 and 4096.")]
    [InlineData("MaxPayloadBytes", "200MB", "Handler:MaxPayloadBytes is \"200MB\"; it must be a size such as 4096, 512KiB, ")]
    [InlineData("Pools:a:MaxMemoryBytes", "lots", "Handler:Pools:a:MaxMemoryBytes is \"lots\"; it must be a size such as 4096, 512KiB, ")]
    [InlineData("StartTimeout", "30", "Handler:StartTimeout is \"30\"; it must be a time such as 500ms, 30s, 5m, 1h, 2d or 00:00:30.")]
    [InlineData("StartTimeout", "25:00:00:00:00", "Handler:StartTimeout is \"25:00:00:00:00\"; it must be a time such as ")]
    [InlineData("RegisteredFunctionsOnly", "yes", "Handler:RegisteredFunctionsOnly is \"yes\"; it must be true or false.")]
    [InlineData("Hardening:UseStrict", "yes", "Handler:Hardening:UseStrict is \"yes\"; it must be true or false.")]
    [InlineData("Hardening:UseStricts", "true", "Handler:Hardening:UseStricts is unknown; did you mean UseStrict?")]
    [InlineData("Hardening:ControlGroup", "on", "Handler:Hardening:ControlGroup is \"on\"; it must be one of Auto, Off, Required.")]
    [InlineData("Hardening:ControlGroup", "Auto,Off", "Handler:Hardening:ControlGroup is \"Auto,Off\"; it must be one of Auto, ")]
    [InlineData("Hardening:ControlGroup", "1", "Handler:Hardening:ControlGroup is \"1\"; it must be one of Auto, Off, Required.")]
    [InlineData("Recycling", "secret", "Handler:Recycling has a value, but it is a section that contains settings. Remove the value.")]
    [InlineData("AllowedAssemblies", "secret", "Handler:AllowedAssemblies has a value, but it is a list; write ")]
    [InlineData("WorkerEnvironment", "secret", "Handler:WorkerEnvironment has a value, but it is a section that contains settings.")]
    [InlineData("WorkerEnvironment:A:B", "secret", "Handler:WorkerEnvironment:A contains settings; ")]
    [InlineData("Profiles", "secret", "Handler:Profiles has a value, but it is a section that contains settings.")]
    [InlineData("Profiles:x", "secret", "Handler:Profiles:x has a value, but it is a section that contains settings.")]
    [InlineData("Profiles:x:Sharing", "none", "Handler:Profiles:x:Sharing is \"none\"; it must be one of Profile, Pool, Job.")]
    [InlineData("Profiles:x:MaxAge", "1h", "Handler:Profiles:x:MaxAge is unknown; did you mean Handler:Profiles:x:Recycling:MaxAge?")]
    [InlineData("Silo:DrainTimeout", "1s", "Handler:Silo is read by a silo, and this application has none; ")]
    [InlineData("Client:DefaultLimits:Timeout", "1s", "Handler:Client is read by a client, and this application has none; ")]
    public void An_error_names_the_key_and_what_to_write(string key, string? value, string message)
    {
        var error = Assert.Single(Read(new HandlerOptions(), new() { [key] = value }));
        Assert.StartsWith(message, error);
        Assert.DoesNotContain("secret", error);
    }

    [Fact]
    public void All_errors_are_reported_and_valid_settings_are_still_read()
    {
        var options = new HandlerOptions();
        var errors = Read(options, new()
        {
            ["MaxWorkers"] = "7",
            ["MaxWorker"] = "1",
            ["StartTimeout"] = "soon",
            ["Pools:a:MaxWorkers"] = "x",
            ["Pools:a:MaxWaiting"] = "5",
        });
        Assert.Equal(3, errors.Count);
        Assert.Equal((7, 5), (options.MaxWorkers, options.Pools["a"].MaxWaiting));
    }

    [Fact]
    public void Configuration_keys_that_other_code_reads_are_accepted()
    {
        var section = Section(new() { ["Silo:Redis"] = "x", ["mine"] = "1" });
        Assert.Empty(HandlerConfiguration.Read(section, new HandlerOptions(), ["Silo", "Mine"]));
    }

    [Fact]
    public void A_size_out_of_range_is_reported_as_it_was_written()
    {
        var options = new HandlerOptions();
        Assert.Empty(Read(options, new() { ["MaxPayloadBytes"] = "5GiB" }));
        Assert.Equal(5L << 30, options.MaxPayloadBytes);
        Assert.Contains("HandlerOptions.MaxPayloadBytes is 5368709120; it must be between 4096 and 1073741824.", options.Errors());
    }

    [Theory]
    [InlineData("DefaultLimits:MaxHeapBytes", "between 1 and 1099511627776.")]
    [InlineData("DefaultLimits:MaxResidentBytes", "between 1048576 and 1099511627776.")]
    [InlineData("Recycling:MaxGrowthBytes", "between 1048576 and 1099511627776.")]
    [InlineData("Hardening:MaxFileBytes", "between 1048576 and 1125899906842624.")]
    [InlineData("Pools:a:MaxMemoryBytes", "between 0 and 1125899906842624.")]
    public void A_size_larger_than_any_number_is_reported_as_it_was_written_with_the_allowed_range(string key, string range)
        => Assert.Equal(
            $"Handler:{key} is \"99999999999999GiB\"; it must be a size such as 4096, 512KiB, 100MiB, 1GiB or 1TiB, {range}",
            Assert.Single(Read(new HandlerOptions(), new() { [key] = "99999999999999GiB" })));

    [Theory]
    [InlineData("MaxMemoryBytes", "Handler:MaxMemoryBytes", "Handler:Pools:NAME:MaxMemoryBytes or Handler:Silo:MaxMemoryBytes")]
    [InlineData("maxheldpayloadbytes", "Handler:maxheldpayloadbytes", "Handler:Silo:MaxHeldPayloadBytes")]
    [InlineData("Redis", "Handler:Redis", "Handler:Silo:Redis")]
    [InlineData("Timeout", "Handler:Timeout", "Handler:DefaultLimits:Timeout")]
    [InlineData("MaxAge", "Handler:MaxAge", "Handler:Recycling:MaxAge")]
    [InlineData("Recycling:MaxWorkers", "Handler:Recycling:MaxWorkers", "Handler:MaxWorkers or Handler:Pools:NAME:MaxWorkers")]
    [InlineData("Pools:a:MaxQueuedJobs", "Handler:Pools:a:MaxQueuedJobs", "Handler:MaxQueuedJobs")]
    [InlineData("Pools:a:Timeout", "Handler:Pools:a:Timeout", "Handler:DefaultLimits:Timeout")]
    [InlineData("DenyNetworks", "Handler:DenyNetworks", "Handler:Hardening:DenyNetwork")]
    [InlineData("Pools:a:DelegateTo", "Handler:Pools:a:DelegateTo", "Parent")]
    [InlineData("DelegateTo", "Handler:DelegateTo", "Handler:Pools:NAME:Parent")]
    [InlineData("Profile", "Handler:Profile", "Profiles or Handler:Pools:NAME:Profile")]
    [InlineData("Pools:a:DelegateFun", "Handler:Pools:a:DelegateFun", "Selector")]
    public void A_key_at_the_wrong_level_or_under_another_name_is_pointed_to_the_right_one(string key, string path, string meant)
        => Assert.Equal(
            $"{path} is unknown; did you mean {meant}?",
            Assert.Single(HandlerConfiguration.Read(Section(new() { [key] = "1" }), new HandlerOptions(), ["Silo"])));

    [Fact]
    public void Without_a_silo_no_key_is_pointed_to_the_section_of_a_silo()
    {
        Assert.Equal(
            "Handler:MaxMemoryBytes is unknown; did you mean Handler:Pools:NAME:MaxMemoryBytes?",
            Assert.Single(Read(new HandlerOptions(), new() { ["MaxMemoryBytes"] = "1" })));
        Assert.DoesNotContain("Handler:Silo", Assert.Single(Read(new HandlerOptions(), new() { ["Redis"] = "1" })));
        Assert.DoesNotContain("Handler:Silo", Assert.Single(HandlerConfiguration.UnknownKeys(Section(new() { ["Redis"] = "1" }))));
    }

    [Fact]
    public void Reading_a_configuration_does_not_change_a_shared_JobLimits_object()
    {
        var shared = new JobLimits();
        var options = new HandlerOptions { DefaultLimits = shared };
        Assert.Empty(Read(options, new() { ["DefaultLimits:Timeout"] = "5s" }));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)), (options.DefaultLimits.Timeout, shared.Timeout));
    }

    private static List<string> Read(HandlerOptions options, Dictionary<string, string?> settings)
        => [.. HandlerConfiguration.Read(Section(settings), options, [])];

    private static IConfigurationSection Section(Dictionary<string, string?> settings)
        => new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create($"Handler:{pair.Key}", pair.Value)))
            .Build().GetSection("Handler");
}
