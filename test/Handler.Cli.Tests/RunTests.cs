namespace Handler.Cli.Tests;

/// <summary>The function's return value is on stdout, its outcome is on stderr, and the exit code says whether it completed.</summary>
public sealed class RunTests
{
    private static readonly string BadJobs = Path.Combine(AppContext.BaseDirectory, "Handler.BadJobs.dll");

    [Fact]
    public async Task The_value_is_written_to_stdout_and_the_usage_to_stderr()
    {
        var (code, output, errors) = await RunAsync("Noise.ReadStdin");
        Assert.Equal((0, $"end of input{Environment.NewLine}"), (code, output));
        Assert.StartsWith("Completed", errors);
        Assert.Matches("run [0-9.]+ ms, cpu [0-9.]+ ms, peak managed [0-9.]+ MiB, peak resident [0-9.]+ MiB", errors);
    }

    [Fact]
    public async Task The_argument_is_read_from_text_and_the_output_of_the_function_is_passed_on()
    {
        var (code, output, errors) = await RunAsync("Noise.NativeLines", "hello");
        Assert.Equal((0, $"hello\n1{Environment.NewLine}"), (code, output));
        Assert.StartsWith("hello\nCompleted", errors);
    }

    [Fact]
    public async Task A_number_can_be_an_argument()
    {
        var (code, _, errors) = await RunAsync("Exits.Exit", "7");
        Assert.Equal(1, code);
        Assert.Contains("Exited: Process exited with code 7", errors);
    }

    [Fact]
    public async Task An_exception_is_reported_with_its_message_and_exit_code_1()
    {
        var (code, output, errors) = await RunAsync("Exits.Throw", "oh no");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("Failed: ", errors);
        Assert.Contains("oh no", errors);
    }

    [Fact]
    public async Task The_timeout_holds()
    {
        var (code, _, errors) = await RunAsync("CpuHogs.TightLoop", "--timeout", "100ms");
        Assert.Equal(1, code);
        Assert.Contains("TimedOut: Took more than 100ms to complete", errors);
    }

    [Fact]
    public async Task The_limit_on_CPU_time_holds()
    {
        var (code, _, errors) = await RunAsync("CpuHogs.TightLoop", "--cpu-time", "100ms");
        Assert.Equal(1, code);
        Assert.Contains("TimedOut: Used more than 100ms of CPU time (CpuTime)", errors);
    }

    [Fact]
    public async Task The_limit_on_processes_holds()
    {
        var (code, _, errors) = await RunAsync("Children.WaitForBusyChild", "--max-processes", "0");
        Assert.Equal(1, code);
        Assert.Contains("LimitExceeded: Process tried to run more than 0 further processes", errors);
    }

    [Fact]
    public async Task The_memory_limit_holds()
    {
        var (code, _, errors) = await RunAsync("MemoryHogs.SmallArrays", "--max-heap", "1MiB");
        Assert.Equal(1, code);
        Assert.Contains("OutOfMemory: Process tried to use more than 1048576 bytes of memory", errors);
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(string method, params string[] arguments)
        => Tool.RunAsync(["run", BadJobs, $"Handler.BadJobs.{method}", .. arguments]);
}
