namespace Handler.Tests.Functions;

public sealed class PortableFunctionTests
{
    private readonly LoopbackRunner runner = new();
    private static readonly int[] Numbers = [1, 2, 3];

    [Fact]
    public void Static_lambdas_and_method_groups_can_be_sent()
    {
        Assert.Equal(7, runner.Run(static () => 7));
        Assert.Equal(11, runner.Run(Eleven));
        Assert.Equal(12, runner.Run(Nested.Twelve));
    }

    [Fact]
    public void Local_functions_can_be_sent()
    {
        var factor = 3;
        static int Plain() => 4;
        int Capturing() => factor * 2;
        Assert.Equal(4, runner.Run(Plain));
        Assert.Equal(6, runner.Run(Capturing));
        Assert.Equal(10, runner.Run(() => Plain() + Capturing()));
    }

    [Fact]
    public async Task Local_functions_that_are_iterators_or_asynchronous_can_be_sent()
    {
        var limit = 3;
        IEnumerable<int> Count()
        {
            for (var i = 0; i < limit; i++)
                yield return i;
        }

        async Task<int> Later()
        {
            await Task.Yield();
            return limit;
        }

        Assert.Equal(3, runner.Run(() => Count().Sum()));
        Assert.Equal(3, (await runner.RunAsync(Later)).GetValueOrThrow());
    }

    [Fact]
    public void Generic_methods_and_types_are_sent_with_their_type_arguments()
    {
        Assert.Equal("Int32", runner.Run(NameOf<int>));
        Assert.Equal("List`1", runner.Run(NameOf<List<string>>));
        Assert.Equal("String/Guid", runner.Run(Generic<string>.Names<Guid>));
        Assert.Equal([1, 1], Twice(1));
        Assert.Equal(["a", "a"], Twice("a"));

        T[] Twice<T>(T value) => runner.Run(() => new[] { value, value });
    }

    [Fact]
    public void Variables_of_nested_scopes_are_sent()
    {
        var outer = 1;
        for (var i = 0; i < 2; i++)
        {
            var middle = 10 * (i + 1);
            {
                var inner = 100;
                Assert.Equal(outer + middle + inner, runner.Run(() => outer + middle + inner));
            }
        }
    }

    [Fact]
    public void Inner_lambdas_can_read_captured_variables()
    {
        var bound = 2;
        var list = new List<int>(Numbers);
        Assert.Equal([2, 3], runner.Run(() => list.Where(n => n >= bound).Select(n => n).ToList()));
    }

    [Fact]
    public void Only_variables_that_the_function_reads_are_sent()
    {
        var stream = new MemoryStream();
        var big = new byte[100_000];
        var used = 5;
        Func<int> other = () => big.Length + (int)stream.Length; // shares the closure
        Assert.Equal(6, runner.Run(() => used + 1));
        Assert.True(runner.LastCall.Length < 1000, $"{runner.LastCall.Length} bytes");
        Assert.Equal(100_000, other());
    }

    [Fact]
    public void Variables_that_only_an_inner_lambda_reads_are_sent()
    {
        var text = "deep";
        var number = 3;
        Assert.Equal("deep3", runner.Run(() =>
        {
            Func<Func<string>> make = () => () => text + number;
            return make()();
        }));
    }

    [Fact]
    public async Task Variables_that_an_asynchronous_lambda_reads_after_an_await_are_sent()
    {
        var (before, after) = ("a", "b");
        var outcome = await runner.RunAsync(async () =>
        {
            var text = before;
            await Task.Delay(1);
            Func<string> inner = () => text + after;
            return inner();
        });
        Assert.Equal("ab", outcome.GetValueOrThrow());
    }

    [Fact]
    public void Variables_that_an_expression_tree_in_a_lambda_reads_are_sent()
    {
        var limit = 2;
        var list = new List<int>(Numbers);
        Assert.Equal(1, runner.Run(() => list.AsQueryable().Count(n => n > limit)));
    }

    [Fact]
    public void Captured_delegates_are_sent_with_their_captured_values()
    {
        var shift = 10;
        Func<int, int> add = n => n + shift;
        Func<int, int> twice = n => add(add(n));
        Assert.Equal(25, runner.Run(() => twice(5)));
    }

    [Fact]
    public void A_captured_delegate_that_shares_the_scope_gets_all_variables_it_reads()
    {
        var (x, y) = (1, 2);
        Func<int> readsY = () => y;
        Assert.Equal(3, runner.Run(() => x + readsY()));
        Assert.Equal(3, runner.Run(() => readsY() + x));
    }

    [Fact]
    public void The_variables_that_are_sent_depend_on_the_captured_delegate()
    {
        var (x, stream) = (1, new MemoryStream(new byte[5]));
        Func<int> fine = () => x;
        Func<int> other = () => x + 10;
        Func<int> bad = () => (int)stream.Length; // shares the scope of the others
        Assert.Equal(2, Call(fine));
        Assert.Equal(12, Call(other));
        for (var round = 0; round < 2; round++)
        {
            Assert.Contains("'stream'", Assert.Throws<FunctionNotPortableException>(() => Call(bad)).Message);
            Assert.Equal(2, Call(fine));
            Assert.Equal(12, Call(other));
        }

        int Call(Func<int> function) => runner.Run(() => function() + 1);
    }

    [Fact]
    public void A_recursive_lambda_can_be_sent()
    {
        Func<int, int> factorial = null!;
        factorial = n => n <= 1 ? 1 : n * factorial(n - 1);
        Assert.Equal(120, runner.Run(() => factorial(5)));
        Assert.Equal(120, Call(factorial));

        int Call(Func<int, int> function) => runner.Run(() => function(5));
    }

    [Fact]
    public void Captured_method_groups_and_static_lambdas_can_be_sent()
    {
        Func<int> method = Eleven;
        Func<int, int> lambda = static n => n + 1;
        Assert.Equal(12, runner.Run(() => lambda(method())));
    }

    [Fact]
    public void A_delegate_to_an_extension_method_is_sent_with_its_first_argument()
    {
        Func<int> count = "four".Length4;
        Assert.Equal(4, runner.Run(count));
        Assert.Equal(5, runner.Run(() => count() + 1));
    }

    [Fact]
    public void Writes_to_captured_variables_stay_in_the_worker()
    {
        var count = 1;
        Assert.Equal(2, runner.Run(() => ++count));
        Assert.Equal(2, runner.Run(() => ++count));
        Assert.Equal(1, count);
    }

    [Fact]
    public void The_same_lambda_is_sent_with_new_values_in_each_call()
    {
        var results = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            var n = i;
            results.Add(runner.Run(() => n * n));
        }

        Assert.Equal([0, 1, 4, 9, 16], results);
    }

    [Fact]
    public void A_lambda_in_a_generic_class_can_be_sent() => Assert.Equal("String:x", Generic<string>.RunLambda(runner, "x"));

    private static int Eleven() => 11;

    private static string NameOf<T>() => typeof(T).Name;

    private static class Nested
    {
        public static int Twelve() => 12;
    }

    private static class Generic<T>
    {
        public static string Names<TOther>() => $"{typeof(T).Name}/{typeof(TOther).Name}";

        public static string RunLambda(LoopbackRunner runner, T value) => runner.Run(() => $"{typeof(T).Name}:{value}");
    }
}
