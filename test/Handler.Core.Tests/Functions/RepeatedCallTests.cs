using System.Buffers;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>Both sides remember the last function, because the next one is usually the same.</summary>
public sealed class RepeatedCallTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public void Functions_that_run_alternately_return_their_own_results()
    {
        var loader = new FunctionLoader(runner.Encoder.Policy);
        Func<int> one = static () => 1;
        Func<int> two = static () => 2;
        Func<int> three = static () => throw new InvalidOperationException("Three");
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal([1, 1, 2, 1, 2, 2], new[] { one, one, two, one, two, two }.Select(function => Run(loader, function)));
            Assert.Equal("Three", Assert.Throws<InvalidOperationException>(() => Run(loader, three)).Message);
        }

        Assert.Equal(3, loader.Loads);
    }

    [Fact]
    public void LastName_is_the_name_of_the_last_function_or_null_after_an_error()
    {
        var loader = new FunctionLoader(runner.Encoder.Policy);
        Run(loader, One);
        Assert.EndsWith(nameof(One), loader.LastName, StringComparison.Ordinal);
        Run(loader, Two);
        Assert.EndsWith(nameof(Two), loader.LastName, StringComparison.Ordinal);
        Assert.Throws<FunctionLoadException>(() => loader.Bind([]));
        Assert.Null(loader.LastName);
        Assert.Throws<FunctionLoadException>(() => loader.Bind([0]));
        Assert.Null(loader.LastName);
        Run(loader, Two);
        Assert.EndsWith(nameof(Two), loader.LastName, StringComparison.Ordinal);
    }

    [Fact]
    public void One_delegate_is_encoded_separately_for_each_result_type()
    {
        Func<Task<int>> function = static () => Task.FromResult(7);
        var value = runner.Encoder.Encode(new JobFunction<int>(function), 1 << 20).Call.ToArray();
        var nothing = runner.Encoder.Encode(new JobFunction<NoValue>(function), 1 << 20).Call.ToArray();
        Assert.NotEqual(value, nothing);
        Assert.Equal(value, runner.Encoder.Encode(new JobFunction<int>(function), 1 << 20).Call.ToArray());
    }

    [Fact]
    public void A_known_call_is_still_checked_against_the_size_limit()
    {
        Func<int> function = static () => 1;
        var length = runner.Encoder.Encode(new JobFunction<int>(function), 1 << 20).Call.Length;
        Assert.Throws<ArgumentException>(() => runner.Encoder.Encode(new JobFunction<int>(function), length - 1));
        Assert.Equal(length, runner.Encoder.Encode(new JobFunction<int>(function), length).Call.Length);
    }

    [Fact]
    public void A_delegate_with_another_target_is_another_call()
    {
        var calls = new[] { 1, 2 }
            .Select(number => runner.Encoder.Encode(new JobFunction<int>((Func<int>)(() => number)), 1 << 20).Call.ToArray())
            .ToArray();
        Assert.NotEqual(calls[0], calls[1]);
    }

    private int Run(FunctionLoader loader, Func<int> function)
    {
        var bound = loader.Bind(runner.Encoder.Encode(new JobFunction<int>(function), 1 << 20).Call.Span);
        bound.Invoke(default);
        var result = new ArrayBufferWriter<byte>();
        bound.WriteResult(result);
        return runner.Encoder.ReadResult<int>(result.WrittenSpan);
    }

    private static int One() => 1;

    private static int Two() => 2;
}
