using System.Buffers;
using Handler.Nodes;

namespace Handler.Tests.Api;

public sealed class HandlerOptionsTests
{
    public static readonly TheoryData<string, string, Action<HandlerOptions>> Errors = new()
    {
        { "MaxWorkers is 0", "between 1 and 4096", options => (options.MaxWorkers, options.MinWorkers) = (0, 0) },
        { "MaxWorkers is 4097", "between 1 and 4096", options => options.MaxWorkers = 4097 },
        { "MinWorkers is -1", "between 0 and 4 (MaxWorkers)", options => options.MinWorkers = -1 },
        { "MinWorkers is 5", "between 0 and 4 (MaxWorkers)", options => options.MinWorkers = 5 },
        { "SpareWorkers is -1", "between 0 and 64", options => options.SpareWorkers = -1 },
        { "SpareWorkers is 65", "between 0 and 64", options => options.SpareWorkers = 65 },
        { "MaxQueuedJobs is -1", "between 0 and 10000000", options => options.MaxQueuedJobs = -1 },
        { "MaxQueuedJobs is 10000001", "between 0 and 10000000", options => options.MaxQueuedJobs = 10_000_001 },
        { "MaxSentAhead is 0", "between 1 and 64", options => options.MaxSentAhead = 0 },
        { "MaxSentAhead is 65", "between 1 and 64", options => options.MaxSentAhead = 65 },
        { "MaxPayloadBytes is 4095", "between 4096 and 1073741824", options => options.MaxPayloadBytes = 4095 },
        { "MaxPayloadBytes is 1073741825", "between 4096 and 1073741824", options => options.MaxPayloadBytes = (1 << 30) + 1 },
        {
            "StartTimeout is 00:00:00.0990000",
            "between 00:00:00.1000000 and 00:10:00",
            options => options.StartTimeout = TimeSpan.FromMilliseconds(99)
        },
        {
            "StartTimeout is 00:10:01",
            "between 00:00:00.1000000 and 00:10:00",
            options => options.StartTimeout = TimeSpan.FromSeconds(601)
        },
        { "Recycling.MaxJobs is 0", "between 1 and 2147483647", options => options.Recycling.MaxJobs = 0 },
        {
            "Recycling.MaxAge is 00:00:00.9990000",
            "between 00:00:01 and 30.00:00:00",
            options => options.Recycling.MaxAge = TimeSpan.FromMilliseconds(999)
        },
        {
            "Recycling.MaxAge is 31.00:00:00",
            "between 00:00:01 and 30.00:00:00",
            options => options.Recycling.MaxAge = TimeSpan.FromDays(31)
        },
        {
            "Recycling.MaxGrowthBytes is 1048575",
            "between 1048576 and 1099511627776",
            options => options.Recycling.MaxGrowthBytes = (1 << 20) - 1
        },
        {
            "Recycling.IdleTimeout is 00:00:00.0990000",
            "between 00:00:00.1000000 and 30.00:00:00",
            options => options.Recycling.IdleTimeout = TimeSpan.FromMilliseconds(99)
        },
        { "Hardening.Niceness is -1", "between 0 and 19", options => options.Hardening.Niceness = -1 },
        { "Hardening.Niceness is 20", "between 0 and 19", options => options.Hardening.Niceness = 20 },
        {
            "Hardening.MaxFileBytes is 1048575",
            "between 1048576 and 1125899906842624",
            options => options.Hardening.MaxFileBytes = (1 << 20) - 1
        },
        { "Hardening.MaxOpenFiles is 63", "between 64 and 1048576", options => options.Hardening.MaxOpenFiles = 63 },
        { "Hardening.MaxTasks is 31", "between 32 and 1048576", options => options.Hardening.MaxTasks = 31 },
        { "Hardening.MaxCpuPercent is 0", "between 1 and 409600", options => options.Hardening.MaxCpuPercent = 0 },
        { "Hardening.CpuWeight is 10001", "between 1 and 10000", options => options.Hardening.CpuWeight = 10_001 },
        {
            "Hardening.CpuWeight is set, and HandlerOptions.Hardening.ControlGroup is Off",
            "needs a cgroup",
            options => (options.Hardening.CpuWeight, options.Hardening.ControlGroup) = (1, ControlGroupMode.Off)
        },
        {
            "Hardening.ReadablePaths has \"data\"",
            "must be an absolute path",
            options => options.Hardening.UseStrict().ReadablePaths.Add("data")
        },
        {
            "Hardening.WritablePaths has \"\"",
            "must be an absolute path",
            options => options.Hardening.UseStrict().WritablePaths.Add(null!)
        },
        {
            "Hardening.ReadablePaths is set, but RestrictReads is false",
            "set RestrictReads too",
            options => options.Hardening.ReadablePaths.Add("/data")
        },
        {
            "Hardening.WritablePaths is set, but RestrictWrites is false",
            "set RestrictWrites too",
            options => options.Hardening.WritablePaths.Add("/data")
        },
        { "Hardening.UserId is -1", "between 0 and 2147483647", options => options.Hardening.UserId = -1 },
        { "DefaultLimits is null", "", options => options.DefaultLimits = null! },
        {
            "DefaultLimits: JobLimits.Timeout is 00:00:00",
            "from 1 ms to 30 days",
            options => options.DefaultLimits = new JobLimits { Timeout = TimeSpan.Zero }
        },
        {
            "DefaultLimits is a JobOptions",
            "must be a JobLimits",
            options => options.DefaultLimits = new JobOptions { Wait = TimeSpan.FromSeconds(1) }
        },
        { "WorkerEnvironment has \"\"", "must not be empty", options => options.WorkerEnvironment[""] = "1" },
        { "WorkerEnvironment has \"A=B\"", "or contain '='", options => options.WorkerEnvironment["A=B"] = "1" },
        { "WorkerEnvironment has \"A\"", "or contain NUL", options => options.WorkerEnvironment["A"] = "1\0" },
        { "WorkerEnvironment has \"A\"", "must not be null", options => options.WorkerEnvironment["A"] = null! },
        { "Sharing is 3", "must be one of Profile, Pool, Job", options => options.Sharing = (WorkerSharing)3 },
        { "Profiles[\"x\"] is null", "", options => options.Profiles["x"] = null! },
        { "Profiles[\"Default\"]", "use another name", options => options.AddProfile("Default") },
        { "Profiles has the name \"ab\"", "1 to 64 characters", options => options.AddProfile("a\nb") },
        { "Profiles has the name", "1 to 64 characters", options => options.AddProfile(new string('x', 65)) },
        { "Profiles has the name \"a \"", "no blank at either end", options => options.AddProfile("a ") },
        { "Profiles has the name \" a\"", "no blank at either end", options => options.AddProfile(" a") },
        {
            "Profiles has 65 profiles",
            "it may have 64",
            options => Enumerable.Range(0, 65).ToList().ForEach(i => options.AddProfile($"p{i}"))
        },
        { "Profiles[\"x\"].SpareWorkers is 65", "between 0 and 64", options => options.AddProfile("x", x => x.SpareWorkers = 65) },
        { "Profiles[\"x\"].Recycling.MaxJobs is 0", "between 1", options => options.AddProfile("x", x => x.Recycling.MaxJobs = 0) },
        { "Profiles[\"x\"].Hardening.Niceness is 20", "0 and 19", options => options.AddProfile("x", x => x.Hardening.Niceness = 20) },
        {
            "Profiles[\"x\"].WorkerEnvironment has \"A=B\"",
            "or contain '='",
            options => options.AddProfile("x", x => x.WorkerEnvironment["A=B"] = "1")
        },
    };

    [Fact]
    public async Task All_profiles_together_keep_no_more_workers_than_there_may_be()
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => EmbeddedHandler.StartAsync(static options =>
        {
            (options.MaxWorkers, options.MinWorkers) = (4, 2);
            options.AddProfile("x", static profile => profile.MinWorkers = 3);
        }));
        Assert.StartsWith(
            "The MinWorkers of all profiles are 5 together; they may be 4 at most (HandlerOptions.MaxWorkers).", exception.Message);
    }

    [Fact]
    public void A_strict_profile_is_strict_unless_it_is_told_otherwise()
    {
        var options = new HandlerOptions().AddStrictProfile("strict").AddStrictProfile("weaker", static profile =>
        {
            profile.Sharing = WorkerSharing.Job;
            profile.Hardening.DenyProcesses = false;
        });
        var (strict, weaker) = (options.Profiles["strict"], options.Profiles["weaker"]);
        Assert.Equal((WorkerSharing.Pool, true, true), (strict.Sharing, strict.Hardening.DenyProcesses, strict.Hardening.RestrictReads));
        Assert.Equal((WorkerSharing.Job, false, true), (weaker.Sharing, weaker.Hardening.DenyProcesses, weaker.Hardening.RestrictReads));
        Assert.False(options.Hardening.DenyProcesses);
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task An_option_out_of_range_is_named_with_its_value_and_range(string named, string range, Action<HandlerOptions> error)
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => EmbeddedHandler.StartAsync(options =>
        {
            options.MaxWorkers = 4;
            error(options);
        }));
        Assert.Contains($"HandlerOptions.{named}", exception.Message);
        Assert.Contains(range, exception.Message);
    }

    [Fact]
    public async Task All_errors_are_reported_together()
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(()
            => EmbeddedHandler.StartAsync(options =>
            {
                options.SpareWorkers = -1;
                options.MaxSentAhead = 65;
                options.Recycling.MaxJobs = 0;
                options.WorkerEnvironment["A=B"] = "1";
                options.AllowedAssemblies.Add("System.Text.Json");
                options.UseSerializer<GenericSerializer<int>>().AddFunction("test.one", (Func<int>)Taken);
            }));
        Assert.Equal("configure", exception.ParamName);
        string[] named =
        [
            "SpareWorkers", "MaxSentAhead", "Recycling.MaxJobs", "WorkerEnvironment",
            "AllowedAssemblies has \"System.Text.Json\"", "UseSerializer: ", "Two functions are registered as \"test.one\"",
        ];
        Assert.All(named, name =>
            Assert.Contains(name, exception.Message));
    }

    [Fact]
    public void The_options_validator_reports_every_error()
    {
        var options = new HandlerOptions { SpareWorkers = -1, MaxSentAhead = 0 };
        var result = new HandlerOptionsValidator().Validate(null, options);
        Assert.True(result.Failed);
        Assert.Equal(2, result.Failures.Count());
        Assert.True(new HandlerOptionsValidator().Validate(null, new HandlerOptions()).Succeeded);
    }

    [Fact]
    public async Task Errors_in_the_options_of_a_pool_name_the_parameter_that_sets_them()
    {
        await using var handler = await EmbeddedHandler.StartAsync(static options => options.MinWorkers = 0);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => handler.TryAddPoolAsync("a", static pool => pool.Parent = "none"));
        Assert.Equal("configure", error.ParamName);
        Assert.True(await handler.TryAddPoolAsync("a"));
        error = await Assert.ThrowsAsync<ArgumentException>(() => handler.TryUpdatePoolAsync("a", static pool => pool.Parent = "none"));
        Assert.Equal("configure", error.ParamName);
    }

    [Fact]
    public void The_defaults_are_sixty_seconds_and_ten_mebibytes()
    {
        var limits = new HandlerOptions().DefaultLimits;
        Assert.Equal(TimeSpan.FromSeconds(60), limits.Timeout);
        Assert.Equal(10 << 20, limits.MaxHeapBytes);
        Assert.Equal((20 << 20) + (64 << 20), limits.EffectiveResidentBytes);
    }

    private static int Taken() => 2;

    private sealed class GenericSerializer<T> : IJobSerializer
    {
        public void Serialize<TValue>(IBufferWriter<byte> writer, TValue value) => throw new NotSupportedException(typeof(T).Name);

        public TValue Deserialize<TValue>(ReadOnlySpan<byte> bytes) => throw new NotSupportedException(typeof(T).Name);
    }
}
