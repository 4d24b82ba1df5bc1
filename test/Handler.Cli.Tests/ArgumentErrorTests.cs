namespace Handler.Cli.Tests;

/// <summary>Wrong arguments: the message names the error, nothing is started, and no stack trace is shown.</summary>
public sealed class ArgumentErrorTests
{
    private static readonly string BadJobs = Path.Combine(AppContext.BaseDirectory, "Handler.BadJobs.dll");

    public static readonly TheoryData<string, string[]> Errors = new()
    {
        { "Required command was not provided", [] },
        { "Unrecognized command or argument 'walk'", ["walk"] },
        { "Unrecognized command or argument '--xml'", ["doctor", "--xml"] },
        { "Required argument missing for command: 'run'", ["run"] },
        { "Required argument missing for command: 'run'", ["run", BadJobs] },
        { "File does not exist: 'missing.dll'", ["run", "missing.dll", "A.B.C"] },
        { "\"5\" is not a duration. Write it as 500ms, 2s or 5m.", Run("--timeout", "5") },
        { "JobLimits.Timeout is 00:00:00; it must be from 1 ms to 30 days.", Run("--timeout", "0s") },
        { "JobLimits.Timeout is", Run("--timeout", "31000000m") },
        { "TimeSpan overflowed", Run("--timeout", "99999999999999999999m") },
        { "\"lots\" is not a size. Write it as 4096, 512KiB, 100MiB or 1GiB.", Run("--max-heap", "lots") },
        { "\"-1\" is not a size.", Run("--max-heap", "-1") },
        { "JobLimits.MaxHeapBytes is 0; it must be from 1 byte to 1 TiB", Run("--max-heap", "0") },
        { "JobLimits.CpuTime is 00:00:00; it must be null, or from 1 ms to 30 days", Run("--cpu-time", "0s") },
        { "\"some\" is not a whole number.", Run("--max-processes", "some") },
        { "JobLimits.MaxProcesses is -1; it must be null, or from 0 to 4194304", Run("--max-processes", "-1") },
        { "JobLimits.MaxFileBytes is 2251799813685248; it must be", Run("--max-file", "2048TiB") },
        { "JobLimits.MaxHeapBytes is 9223372036854775807; it must be", Run("--max-heap", "99999999999999GiB") },
        { "Unrecognized command or argument 'two'", Run("one", "two") },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Wrong_arguments_are_reported_without_a_stack_trace(string message, string[] arguments)
    {
        var (code, _, errors) = await Tool.RunAsync(arguments);
        Assert.Equal(1, code);
        Assert.Contains(message, errors);
        Assert.DoesNotContain("   at ", errors);
    }

    [Theory]
    [InlineData("Sleep", "\"Sleep\" is not Namespace.Type.Method.")]
    [InlineData("Handler.BadJobs.Missing.Sleep", "Assembly Handler.BadJobs has no type Handler.BadJobs.Missing.")]
    [InlineData(
        "Handler.BadJobs.CpuHogs.Missing",
        "expected one static method with 0 parameter(s); there are 0 static methods of that name."
    )]
    [InlineData(
        "Handler.BadJobs.Exits.Throw",
        "expected one static method with 0 parameter(s); there are 1 static methods of that name."
    )]
    public async Task A_method_that_is_not_found_is_reported_without_a_stack_trace(string method, string message)
    {
        var (code, output, errors) = await Tool.RunAsync("run", BadJobs, method);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(message, errors);
        Assert.DoesNotContain("   at ", errors);
    }

    [Fact]
    public async Task A_file_that_is_not_an_assembly_is_reported_by_name()
    {
        var (code, _, errors) = await Tool.RunAsync("run", Path.Combine(AppContext.BaseDirectory, "handler.deps.json"), "A.B.C");
        Assert.Equal(1, code);
        Assert.Contains("handler.deps.json", errors);
    }

    private static string[] Run(params string[] more) => ["run", BadJobs, "Handler.BadJobs.CpuHogs.Sleep", .. more];
}
