using Handler.BadJobs;

namespace Handler.Contract;

/// <summary>Running one function.</summary>
public abstract class RunningContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    [Fact]
    public async Task A_function_runs_in_another_process_and_its_value_comes_back()
    {
        await StartAsync();
        Assert.NotEqual(Environment.ProcessId, (await Run(static () => Environment.ProcessId)).GetValueOrThrow());
        Assert.Equal(42, (await Run(static () => 42)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_busy_loop_is_killed_when_its_time_is_over()
    {
        await StartAsync();
        var outcome = Assert.IsType<TimedOut<Unit>>(await Soon(Handler.RunAsync(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromMilliseconds(10) }), "a timeout"));
        Assert.Equal("Took more than 10ms to complete", outcome.Message);
    }

    [Fact]
    public async Task A_function_that_takes_too_much_memory_is_killed()
    {
        await StartAsync();
        var outcome = Assert.IsType<OutOfMemory<Unit>>(await Soon(Handler.RunAsync(MemoryHogs.SmallArrays, new JobLimits { MaxHeapBytes = 1 << 20 }), "an end"));
        Assert.Equal("Process tried to use more than 1048576 bytes of memory", outcome.Message);
    }

    [Fact]
    public async Task An_exit_is_told_with_its_code()
    {
        await StartAsync();
        Assert.Equal(7, Assert.IsType<Exited<Unit>>(await Soon(Handler.RunAsync(static () => Endings.Exit(7)), "an exit")).ExitCode);
    }

    [Fact]
    public async Task A_crash_is_told_with_its_signal_and_is_not_called_out_of_memory()
    {
        await StartAsync();
        var exited = Assert.IsType<Exited<int>>(await Soon(Handler.RunAsync(Endings.StackOverflow), "a crash"));
        Assert.Equal((6, "stack overflow"), (exited.Signal!.Value, exited.Reason));
    }

    [Fact]
    public async Task An_exception_is_told_with_type_and_message()
    {
        await StartAsync();
        var failed = Assert.IsType<Failed<int>>(await Run(static () => Endings.Throw("oh no")));
        Assert.Equal((typeof(ArgumentException).FullName, "oh no"), (failed.ExceptionType, failed.ExceptionMessage));
    }

    [Fact]
    public async Task Limits_out_of_range_are_refused_before_anything_runs()
    {
        await StartAsync();
        foreach (var limits in new[] { new JobLimits { Timeout = TimeSpan.Zero }, new JobLimits { Timeout = TimeSpan.FromMilliseconds(-1) }, new JobLimits { MaxHeapBytes = 0 }, new JobLimits { MaxHeapBytes = -1 } })
            Assert.Contains("allowed is", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Handler.RunAsync(static () => 1, limits))).Message);
    }

    private Task<Outcome<T>> Run<T>(Func<T> function) => Soon(Handler.RunAsync(function), "the outcome of a job");
}
