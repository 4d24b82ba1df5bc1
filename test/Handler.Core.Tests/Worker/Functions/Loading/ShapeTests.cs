namespace Handler.Tests.Functions;

public sealed class ShapeTests
{
    private readonly LoopbackRunner runner = new();

    [Fact]
    public async Task Every_shape_of_function_with_a_value_runs()
    {
        var x = 41;
        Assert.Equal(1, (await runner.RunAsync(() => 1)).GetValueOrThrow());
        Assert.Equal(42, (await runner.RunAsync(() => x + 1)).GetValueOrThrow());
        Assert.Equal(42, (await runner.RunAsync(token => token.IsCancellationRequested ? 0 : x + 1)).GetValueOrThrow());
        Assert.Equal(42, (await runner.RunAsync(async () => { await Task.Yield(); return x + 1; })).GetValueOrThrow());
        Assert.Equal(42, (await runner.RunAsync(async token => { await Task.Delay(1, token); return x + 1; })).GetValueOrThrow());
        Assert.Equal(42, (await runner.RunAsync(() => new ValueTask<int>(x + 1))).GetValueOrThrow());
        Assert.Equal(42, (await runner.RunAsync(token => ValueTaskAfter(x + 1, token))).GetValueOrThrow());
    }

    [Fact]
    public async Task Every_shape_of_action_runs()
    {
        var box = 5;
        (await runner.RunAsync(() => Note(box))).ThrowIfFailed();
        (await runner.RunAsync(token => Note(box))).ThrowIfFailed();
        (await runner.RunAsync(async () => { await Task.Yield(); Note(box); })).ThrowIfFailed();
        (await runner.RunAsync(async token => { await Task.Delay(1, token); Note(box); })).ThrowIfFailed();
        (await runner.RunAsync(() => new ValueTask(Task.CompletedTask))).ThrowIfFailed();
        (await runner.RunAsync(token => new ValueTask(Task.Delay(1, token)))).ThrowIfFailed();
    }

    [Fact]
    public async Task The_token_of_the_worker_is_passed_to_the_function()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        Assert.True((await runner.RunAsync(token => token.IsCancellationRequested, cancellationToken: source.Token)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_function_that_returns_null_instead_of_a_task_gets_a_clear_error()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => runner.RunAsync(() => (Task<int>)null!));
        Assert.Contains("null instead of a task", error.Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => runner.RunAsync(() => (Task)null!));
    }

    [Fact]
    public async Task Exceptions_keep_their_type_and_stack_trace()
    {
        var text = "no";
        var error = await Assert.ThrowsAsync<FormatException>(() => runner.RunAsync(() => int.Parse(text)));
        Assert.Contains(nameof(Exceptions_keep_their_type_and_stack_trace), error.StackTrace);
        await Assert.ThrowsAsync<FormatException>(() => runner.RunAsync(async () => { await Task.Yield(); return int.Parse(text); }));
    }

    [Fact]
    public void A_function_may_return_a_more_derived_type_than_declared()
    {
        Func<string> special = () => "text";
        Func<object> general = special;
        Assert.Equal("text", runner.Run(general));
    }

    [Fact]
    public void NoValue_can_be_returned_like_any_value() => Assert.Equal(default, runner.Run(() => default(NoValue)));

    [Fact]
    public void A_delegate_with_an_unsupported_signature_is_refused()
    {
        Func<int, int> takesArgument = x => x;
        var error = Assert.Throws<FunctionNotPortableException>(() => runner.Encode(new JobFunction<int>(takesArgument)));
        Assert.Contains("CancellationToken", error.Message);
    }

    [Fact]
    public void A_function_returns_a_new_result_on_each_call()
    {
        Func<List<int>> function = () => [1];
        Assert.NotSame(runner.Run(function), runner.Run(function));
    }

    [Fact]
    public void Many_threads_may_encode_at_the_same_time()
    {
        Parallel.For(0, 2000, i =>
        {
            var text = new string('x', i % 50);
            var list = new List<int> { i };
            var call = runner.Encode(new JobFunction<int>((Func<int>)(() => text.Length + list[0])));
            if (i % 100 == 0)
                Assert.Equal((i % 50) + i, new LoopbackLoader(runner).Run<int>(call));
        });
    }

    private static async ValueTask<int> ValueTaskAfter(int value, CancellationToken token)
    {
        await Task.Delay(1, token);
        return value;
    }

    private static void Note(int value) => Assert.Equal(5, value);
}
