using System.Runtime.CompilerServices;
using Handler.Functions;
using Microsoft.Extensions.Logging;

namespace Handler.Tests.Functions;

/// <summary>
/// A static that the application sets at run time is not set in a worker. A warning says so. Uses that are safe get no warning.
/// </summary>
public sealed class HostStaticTests
{
    private static string? setAtRunTime;
    private static string initialized = "x";
    private static readonly string Fixed = "x";
    private static string? cache;
    private static string? filled;
    private static string? fromStaticConstructor;
    private static string? fromModule;
    private static int counter;

    static HostStaticTests() => fromStaticConstructor = "x";

    private static string? Property { get; set; }

    private static string NeverSet { get; set; } = "x";

    [Fact]
    public void A_static_field_or_property_that_is_set_at_run_time_is_found()
    {
        setAtRunTime = "now";
        Property = "now";
        Assert.Equal(["HostStaticTests.setAtRunTime"], Found(() => setAtRunTime));
        Assert.Equal(["HostStaticTests.Property"], Found(() => Property));
        Assert.Equal(["HostStaticTests.setAtRunTime"], Found(async () => { await Task.Yield(); return setAtRunTime; }));
        Assert.Equal(["HostStaticTests.setAtRunTime"], Found(() => new[] { 1 }.Select(_ => setAtRunTime).First()));
        var captured = 1;
        Assert.Equal(["HostStaticTests.Property", "HostStaticTests.setAtRunTime"], Found(() => Property + setAtRunTime + captured));
    }

    [Fact]
    public void Statics_that_have_the_same_value_in_a_worker_are_not_reported()
    {
        Assert.Empty(Found(() => initialized));
        Assert.Empty(Found(() => Fixed));
        Assert.Empty(Found(() => NeverSet));
        Assert.Empty(Found(() => fromStaticConstructor));
        Assert.Empty(Found(() => fromModule));
        Assert.Empty(Found(() => cache ??= "made by the function"));
        Assert.Empty(Found(() => Fill() + filled));
        Assert.Empty(Found(() => counter++));
        Assert.Empty(Found(() => Environment.CurrentDirectory));
        var copy = setAtRunTime;
        Assert.Empty(Found(() => copy));
    }

    [Fact]
    public async Task A_warning_names_function_member_and_remedy_once()
    {
        setAtRunTime = "now";
        var logger = new RecordingLogger();
        var encoder = new FunctionEncoder(new HandlerOptions(), logger);
        Func<string?> function = () => setAtRunTime;
        for (var i = 0; i < 3; i++)
            _ = encoder.Encode(new JobFunction<string?>(function), 1 << 20);
        await Wait.Until(() => !logger.Lines.IsEmpty, "a warning of the static field that the function reads");
        var line = Assert.Single(logger.Lines);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains("HostStaticTests.setAtRunTime", line.Text);
        Assert.Contains(nameof(A_warning_names_function_member_and_remedy_once), line.Text);
        Assert.Contains("local variable", line.Text);
    }

    [ModuleInitializer]
    internal static void Initialize() => fromModule = "x";

    internal static void Reset()
    {
        cache = null;
        counter = 0;
    }

    private static string Fill() => filled = "x";

    private static IEnumerable<string> Found<T>(Func<T> function)
        => HostStatics
            .ReadBy(function.Method, assembly => assembly == typeof(HostStaticTests).Assembly)
            .Select(name => name[(name.IndexOf("HostStatic", StringComparison.Ordinal))..]);
}
