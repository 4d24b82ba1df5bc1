namespace Handler.Contract;

/// <summary>
/// Every entry point honours or refuses every option of a job, in every kind of handler. The table in docs/limits.md says which.
/// </summary>
public abstract class OptionsContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    private static readonly JobOptions Everywhere = new()
    {
        Timeout = TimeSpan.FromMinutes(2),
        MaxHeapBytes = 20 << 20,
        MaxResidentBytes = 200 << 20,
        CancellationGrace = TimeSpan.FromSeconds(1),
        CaptureOutput = true,
        CpuTime = TimeSpan.FromMinutes(1),
        MaxProcesses = 10,
        MaxFileBytes = 1 << 20,
        Priority = 1,
        PoolTimeout = TimeSpan.FromSeconds(30),
    };

    [Fact]
    public async Task Without_a_pool_the_options_of_pools_are_refused_by_name()
    {
        await StartAsync();
        await Refused(nameof(JobOptions.Name), new JobOptions { Name = "report" });
        await Refused(nameof(JobOptions.Wait), new JobOptions { Wait = TimeSpan.FromSeconds(1) });
        await Refused(nameof(JobOptions.SelectorArgument), new JobOptions { SelectorArgument = "x" });

        async Task Refused(string option, JobOptions options)
        {
            foreach (var call in (Func<Task>[])
                [
                    () => Handler.RunAsync(static () => 42, options),
                    () => Handler.RunAsync(static () => { }, options),
                    () => Handler.RunRegisteredAsync<int>("name", options),
                ])
            {
                var exception = await Assert.ThrowsAsync<ArgumentException>(call);
                Assert.StartsWith($"JobOptions.{option} has an effect only in a pool.", exception.Message);
            }
        }
    }

    [Fact]
    public async Task Every_entry_point_checks_the_range_of_every_option()
    {
        var pool = await StartWithPoolAsync();
        await Refused(nameof(JobOptions.Timeout), new JobOptions { Timeout = TimeSpan.Zero });
        await Refused(nameof(JobOptions.MaxHeapBytes), new JobOptions { MaxHeapBytes = 0 });
        await Refused(nameof(JobOptions.MaxResidentBytes), new JobOptions { MaxResidentBytes = 1 });
        await Refused(nameof(JobOptions.CpuTime), new JobOptions { CpuTime = TimeSpan.Zero });
        await Refused(nameof(JobOptions.MaxProcesses), new JobOptions { MaxProcesses = -1 });
        await Refused(nameof(JobOptions.MaxFileBytes), new JobOptions { MaxFileBytes = -1 });
        await Refused(nameof(JobOptions.CancellationGrace), new JobOptions { CancellationGrace = TimeSpan.FromHours(2) });
        await Refused(nameof(JobOptions.PoolTimeout), new JobOptions { PoolTimeout = TimeSpan.Zero });
        await RefusedByPool(nameof(JobOptions.Wait), new JobOptions { Wait = TimeSpan.FromTicks(-1) });
        await RefusedByPool(nameof(JobOptions.Name), new JobOptions { Name = " " });

        async Task Refused(string option, JobOptions options)
        {
            await AssertRefused(option, () => Handler.RunAsync(static () => 42, options));
            await RefusedByPool(option, options);
        }

        async Task RefusedByPool(string option, JobOptions options)
        {
            await AssertRefused(option, () => pool.RunAsync(static () => 42, options));
            await AssertRefused(option, () => pool.StartAsync(static () => 42, options));
            await AssertRefused(option, () => pool.TryStartAsync(static () => 42, options));
            await AssertRefused(option, () => pool.StartRegisteredAsync<int>("name", options));
            await AssertRefused(option, () => pool.TryStartRegisteredActionAsync("name", options));
        }

        static async Task AssertRefused(string option, Func<Task> call)
            => Assert.Equal(option, (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(call)).ParamName);
    }

    [Fact]
    public async Task Options_that_do_not_need_a_pool_are_accepted_without_and_with_one()
    {
        var pool = await StartWithPoolAsync();
        var outcome = await Soon(Handler.RunAsync(static () => Console.Write("hello"), Everywhere), "a job without a pool");
        Assert.Equal((true, "hello"), (outcome.IsSuccess, outcome.Output?.StandardOutput));
        var all = Everywhere with { Name = "report", Wait = TimeSpan.FromSeconds(30), SelectorArgument = "x" };
        outcome = await Soon(pool.RunAsync(static () => Console.Write("hello"), all), "a job in a pool");
        Assert.Equal((true, "hello"), (outcome.IsSuccess, outcome.Output?.StandardOutput));
    }
}
