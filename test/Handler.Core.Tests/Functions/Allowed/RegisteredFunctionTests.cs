using System.Buffers;
using Handler.Functions;

namespace Handler.Tests.Functions;

public sealed class RegisteredFunctionTests
{
    private readonly LoopbackRunner runner = new(options => options
        .AddFunction("double", (Func<int, int>)Double)
        .AddFunction("raw", (Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>)Raw));

    [Fact]
    public async Task Functions_marked_with_the_attribute_run_by_name()
    {
        Assert.Equal("hello Ann", (await runner.RunRegisteredAsync<Greeting, string>("test.greet", new Greeting("Ann"))).GetValueOrThrow());
        Assert.Equal(1, (await runner.RunRegisteredAsync<int>("test.one")).GetValueOrThrow());
        Assert.Equal(6, (await runner.RunRegisteredAsync<int[], int>("test.sum-later", [1, 2, 3])).GetValueOrThrow());
        Assert.Equal(default, (await runner.RunRegisteredAsync<string, NoValue>("test.nothing", "x")).GetValueOrThrow());
        Assert.Equal(7, (await runner.RunRegisteredAsync<int, int>("test.value-task", 7)).GetValueOrThrow());
        Assert.Equal(default, (await runner.RunRegisteredAsync<NoValue>("test.plain-task")).GetValueOrThrow());
    }

    [Fact]
    public async Task Functions_added_to_the_options_run_by_name()
    {
        Assert.Equal(42, (await runner.RunRegisteredAsync<int, int>("double", 21)).GetValueOrThrow());
        Assert.Equal(
            [2, 1],
            (await runner.RunRegisteredAsync<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>("raw", new byte[] { 1, 2 }))
                .GetValueOrThrow()
                .ToArray());
        Assert.Equal([2, 1], (await runner.RunRegisteredAsync<byte[], byte[]>("raw", [1, 2])).GetValueOrThrow());
    }

    [Fact]
    public void A_call_of_a_registered_function_contains_only_its_name()
    {
        var call = runner.Encode(JobFunction<int>.Registered("double"));
        Assert.Equal(1 + 1 + 1 + "double".Length, call.Length);
    }

    [Fact]
    public void The_policy_finds_methods_by_name_and_not_by_build()
    {
        var method = runner.Encoder.Policy.Functions["double"];
        Assert.Equal(-1, method.AsSpan().IndexOf(typeof(RegisteredFunctionTests).Module.ModuleVersionId.ToByteArray()));
        Assert.True(method.AsSpan().IndexOf("Double"u8) > 0);
    }

    [Fact]
    public void An_unknown_name_is_refused_and_the_message_lists_the_nearest_names()
    {
        var error = Assert.Throws<FunctionLoadException>(() => runner.Bind(runner.Encode(JobFunction<int>.Registered("test.gret"))));
        Assert.Contains("\"test.gret\"", error.Message);
        Assert.Contains("The nearest names: \"test.greet\"", error.Message);
    }

    [Fact]
    public void A_missing_or_wrong_argument_is_a_clear_error()
    {
        Assert.Contains("takes an argument of type System.Int32", Load(JobFunction<int>.Registered("double")).Message);
        Assert.Contains("cannot be read as System.Int32", Load(JobFunction<int>.Registered("double", "21")).Message);
        Assert.Contains("too many", Load(JobFunction<int>.Registered("test.one", 1)).Message);

        FunctionLoadException Load(JobFunction<int> function)
            => Assert.Throws<FunctionLoadException>(() => runner.Bind(runner.Encode(function)));
    }

    [Fact]
    public void An_argument_that_cannot_be_sent_is_refused_before_the_call()
    {
        var error = Assert.Throws<FunctionNotPortableException>(() => runner.Encode(JobFunction<int>.Registered("double", Stream.Null)));
        Assert.Contains("argument of registered function \"double\"", error.Message);
    }

    [Fact]
    public void A_result_of_another_type_than_expected_is_a_clear_error()
    {
        var error = Assert.Throws<FormatException>(() => runner.RunRegisteredAsync<int, string>("double", 1).GetAwaiter().GetResult());
        Assert.Contains("Int32", error.Message);
        Assert.Contains("System.String", error.Message);
    }

    [Fact]
    public void A_function_with_a_value_that_is_run_as_an_action_is_a_clear_error()
    {
        var error = Assert.Throws<FormatException>(() => runner.RunRegisteredActionAsync("double", 21).GetAwaiter().GetResult());
        Assert.Contains("The function returns a value, but it was run as an action.", error.Message);
        Assert.DoesNotContain("NoValue", JobFailed.Unreadable(typeof(NoValue), error).Message);
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_and_the_message_names_both_methods()
    {
        var error = Assert.Throws<ArgumentException>(()
            => new LoopbackRunner(options => options.AddFunction("test.one", (Func<int, int>)Double)));
        Assert.Contains("\"test.one\"", error.Message);
        Assert.Contains("RegisteredFunctionTests.Double", error.Message);
        Assert.Contains("RegisteredFunctionTests.One", error.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void A_function_without_a_name_is_refused(string? name)
        => Assert.Contains(
            "must not be blank",
            Assert.Throws<ArgumentException>(() => new HandlerOptions().AddFunction(name!, (Func<int>)One)).Message);

    [Fact]
    public void The_same_method_may_be_added_and_marked_under_one_name()
        => _ = new LoopbackRunner(options => options.AddFunction("test.one", (Func<int>)One));

    [Fact]
    public void Methods_that_have_no_stable_name_or_too_many_arguments_are_refused()
    {
        static int Local() => 1;
        Refused((Func<int>)Local, "local function");
        Refused((Func<int, int, int>)Math.Max, "one argument");
        Refused((Func<int>)Generic<int>, "generic");
        Refused((Func<int, int>)Math.Abs, "framework");

        void Refused(Delegate function, string reason)
        {
            var error = Assert.Throws<ArgumentException>(() => new LoopbackRunner(options => options.AddFunction("name", function)));
            Assert.Contains(reason, error.Message);
        }
    }

    [Fact]
    public void A_policy_survives_a_round_trip_through_bytes()
    {
        var policy = new FunctionPolicy
        {
            AllowedAssemblies = ["A", "B"],
            Functions = new Dictionary<string, byte[]> { ["x"] = [1, 2], ["y"] = [] },
            Serializer = ("A", "A.Serializer"),
        };
        var writer = new ArrayBufferWriter<byte>();
        policy.Write(writer);
        var copy = FunctionPolicy.Read(writer.WrittenSpan);
        Assert.Equal(policy.AllowedAssemblies, copy.AllowedAssemblies);
        Assert.Equal(policy.Functions, copy.Functions);
        Assert.Equal(policy.Serializer, copy.Serializer);
        Assert.Throws<FormatException>(() => FunctionPolicy.Read(writer.WrittenSpan[..^1]));
    }

    [JobFunction("test.greet")]
    public static string Greet(Greeting greeting) => "hello " + greeting.Name;

    [JobFunction("test.one")]
    private static int One() => 1;

    [JobFunction("test.sum-later")]
    public static async Task<int> SumLater(int[] numbers, CancellationToken token)
    {
        await Task.Delay(1, token);
        return numbers.Sum();
    }

    [JobFunction("test.nothing")]
    internal static void Nothing(string text, CancellationToken token) => Assert.Equal("x", text);

    [JobFunction("test.value-task")]
    public static ValueTask<int> ValueTask(int value) => new(value);

    [JobFunction("test.plain-task")]
    internal static Task PlainTask() => Task.CompletedTask;

    private static int Double(int value) => 2 * value;

    private static int Generic<T>() => 1;

    private static ReadOnlyMemory<byte> Raw(ReadOnlyMemory<byte> bytes)
    {
        var copy = bytes.ToArray();
        Array.Reverse(copy);
        return copy;
    }

    public sealed record Greeting(string Name);
}
