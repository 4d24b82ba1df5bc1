using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using Handler.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Functions;

public sealed class RefusalTests
{
    private readonly LoopbackRunner runner = new();
    private readonly int member = 3;

    [Fact]
    public void A_lambda_that_uses_this_is_refused_and_the_message_names_the_type()
    {
        var error = runner.Refused(() => member);
        Assert.Contains("'this'", error.Message);
        Assert.Contains(typeof(RefusalTests).FullName!, error.Message);
        Assert.Contains("local variables", error.Message);
    }

    [Fact]
    public void A_lambda_that_uses_this_and_variables_is_refused()
    {
        var x = 1;
        var error = runner.Refused(() => member + x);
        Assert.Contains("'this'", error.Message);
        Assert.Contains(nameof(A_lambda_that_uses_this_and_variables_is_refused), error.Message);
    }

    [Fact]
    public void A_lambda_that_uses_this_only_through_a_captured_delegate_is_refused()
    {
        Func<int> read = () => member;
        Assert.Contains("'this'", runner.Refused(() => read()).Message);
    }

    [Fact]
    public void A_lambda_beside_one_that_uses_this_is_not_refused()
    {
        var x = 1;
        Func<int> other = () => member + x;
        Assert.Equal(2, runner.Run(() => x + 1));
        Assert.Equal(4, other());
    }

    [Fact]
    public void An_asynchronous_lambda_that_uses_this_is_refused()
    {
        var x = 1;
        Func<Task<int>> function = async () => { await Task.Yield(); return member + x; };
        Assert.Contains("'this'", Assert.Throws<FunctionNotPortableException>(() => runner.Encode(new JobFunction<int>(function))).Message);
    }

    [Fact]
    public void Instance_methods_are_refused_and_the_message_names_the_method()
    {
        var error = runner.Refused(Instance);
        Assert.Contains("RefusalTests.Instance", error.Message);
        Assert.Contains("static", error.Message);
    }

    [Fact]
    public void Multicast_delegates_are_refused()
    {
        Func<int> both = () => 1;
        both += () => 2;
        Assert.Contains("multicast", runner.Refused(both).Message);
        Assert.Contains("multicast", runner.Refused(() => both()).Message);
    }

    [Fact]
    public void Functions_compiled_at_run_time_are_refused()
    {
        var compiled = Expression.Lambda<Func<int>>(Expression.Constant(1)).Compile();
        Assert.Contains("compiled at run time", runner.Refused(compiled).Message);
        var method = new DynamicMethod("Made", typeof(int), []);
        var code = method.GetILGenerator();
        code.Emit(OpCodes.Ldc_I4_1);
        code.Emit(OpCodes.Ret);
        Assert.Contains("compiled at run time", runner.Refused(method.CreateDelegate<Func<int>>()).Message);
    }

    [Fact]
    public void Functions_of_assemblies_loaded_from_memory_are_refused()
    {
        var context = new AssemblyLoadContext("copy", isCollectible: true);
        var copy = context.LoadFromStream(new MemoryStream(File.ReadAllBytes(typeof(RefusalTests).Assembly.Location)));
        var method = copy.GetType(typeof(RefusalTests).FullName!)!.GetMethod(nameof(One), BindingFlags.Static | BindingFlags.NonPublic)!;
        Assert.Contains("loaded from memory", runner.Refused(method.CreateDelegate<Func<int>>()).Message);
        context.Unload();
    }

    [Fact]
    public void Functions_of_assemblies_in_another_load_context_are_refused()
    {
        var context = new AssemblyLoadContext("plugins", isCollectible: true);
        var copy = context.LoadFromAssemblyPath(typeof(RefusalTests).Assembly.Location);
        var method = copy.GetType(typeof(RefusalTests).FullName!)!.GetMethod(nameof(One), BindingFlags.Static | BindingFlags.NonPublic)!;
        Assert.Contains("separate load context (plugins)", runner.Refused(method.CreateDelegate<Func<int>>()).Message);
        context.Unload();
    }

    [Fact]
    public void Objects_bound_to_this_process_are_refused_with_their_names_and_a_remedy()
    {
        using var stream = new MemoryStream();
        using var source = new CancellationTokenSource();
        using var signal = new ManualResetEvent(false);
        using var client = new HttpClient();
        using var timer = new Timer(_ => { });
        using var file = File.OpenHandle(typeof(RefusalTests).Assembly.Location);
        var token = source.Token;
        var task = Task.FromResult(1);
        var thread = Thread.CurrentThread;
        var enumerator = new List<int> { 1 }.GetEnumerator();
        var pointer = (nint)5;
        var services = (IServiceProvider)new NoServices();
        var method = typeof(RefusalTests).GetMethod(nameof(One), BindingFlags.Static | BindingFlags.NonPublic)!;
        using var reader = new StringReader("");
        ILogger logger = NullLogger.Instance;

        Check(() => stream.Length, "stream", "inside the function");
        Check(() => token.CanBeCanceled, "token", "parameter");
        Check(() => source.IsCancellationRequested, "source", "parameter");
        Check(() => signal.WaitOne(0), "signal", "handle");
        Check(() => file.IsClosed, "file", "handle");
        Check(() => client.BaseAddress, "client", "HttpClient inside the function");
        Check(() => timer.ToString(), "timer", "inside the function");
        Check(() => task.Result, "task", "Await it first");
        Check(() => thread.Name, "thread", "this process");
        Check(() => enumerator.Current, "enumerator", "ToList()");
        Check(() => (int)pointer, "pointer", "long");
        Check(() => services.GetService(typeof(int)) == null, "services", "data");
        Check(() => method.Name, "method", "name");
        Check(() => reader.Peek(), "reader", "text");
        Check(() => logger.IsEnabled(LogLevel.Debug), "logger", "inside the function");

        void Check<T>(Func<T> function, string name, string advice)
        {
            var error = runner.Refused(function);
            Assert.Contains($"'{name}'", error.Message);
            Assert.Contains(advice, error.Message);
        }
    }

    [Fact]
    public void Types_of_Handler_are_refused_with_advice_that_works()
    {
        IHandler handler = new HostedHandler(() => throw new NotSupportedException(), NullLogger.Instance);
        string[] messages =
        [
            runner.Refused(() => handler is null).Message,
            runner.Refused(() => handler).Message,
            runner.Refused(static () => new JobOutcome<int>(1)).Message,
            runner.Refused(static () => new List<JobOutcome>()).Message,
        ];
        Assert.All(messages, static message => Assert.Contains("a type of your own", message));
        Assert.All(messages, static message => Assert.DoesNotContain("AllowedAssemblies", message));
    }

    [Fact]
    public void A_lazy_sequence_is_refused_unless_it_is_declared_as_IEnumerable()
    {
        var list = new List<int> { 1, 2 };
        var ordered = list.OrderBy(n => n);
        var grouped = list.ToLookup(n => n % 2);
        object hidden = list.Where(n => n > 1);
        Check(() => ordered.Count(), "'ordered'", "ToList()");
        Check(() => grouped.Count, "'grouped'", "ToDictionary");
        Check(() => hidden.ToString()!.Length, "'hidden'", "ToList()");
        Assert.Contains("ToList()", runner.Refused(() => list.OrderBy(n => n)).Message);

        void Check(Func<int> function, params string[] parts)
        {
            var error = runner.Refused(function);
            foreach (var part in parts)
                Assert.Contains(part, error.Message);
        }
    }

    [Fact]
    public void An_endless_sequence_is_refused_and_the_message_names_the_option()
    {
        var small = new LoopbackRunner(options => options.MaxPayloadBytes = 4096);
        var endless = Endless();
        Assert.Contains("MaxPayloadBytes", small.Refused(() => endless.First()).Message);
        endless = Endless().Take(10);
        Assert.Equal(10, small.Run(() => endless.Count()));
    }

    [Fact]
    public void A_cycle_is_refused()
    {
        var node = new Node { Name = "a" };
        node.Next = node;
        var error = runner.Refused(() => node.Name);
        Assert.Contains("'node'", error.Message);
        Assert.Contains("cycle", error.Message);
    }

    [Fact]
    public void Data_nested_too_deep_is_refused_and_the_message_gives_the_limit()
    {
        var node = new Node();
        for (var i = 0; i < 100; i++)
            node = new Node { Next = node };
        Assert.Contains("deeper than 64 levels", runner.Refused(() => node.Name).Message);
    }

    [Fact]
    public void Result_types_that_can_never_be_returned_are_refused_before_the_start()
    {
        Assert.Contains("System.IO.Stream", runner.Refused(() => Stream.Null).Message);
        Assert.Contains(
            "System.IO.Stream",
            Assert
                .Throws<FunctionNotPortableException>(()
                    => runner.Encode(new JobFunction<Stream>((Func<Task<Stream>>)(() => Task.FromResult(Stream.Null)))))
                .Message);
        Assert.Contains("delegate", runner.Refused<Func<int>>(() => One).Message);
        Assert.Contains("interface", runner.Refused<IFormattable>(() => 1).Message);
        Assert.Contains("private field", runner.Refused(() => new Secretive()).Message);
    }

    [Fact]
    public void A_refused_function_leaves_nothing_in_the_next_call()
    {
        var (fine, stream) = (5, Stream.Null);
        var next = new JobFunction<int>((Func<int>)(() => fine + 1));
        var before = runner.Encode(next);
        Assert.Throws<FunctionNotPortableException>(() => runner.Encode(new JobFunction<long>((Func<long>)(() => fine + stream.Length))));
        Assert.Equal(before, runner.Encode(next));
        Assert.Throws<ArgumentException>(() => runner.Encoder.Encode(next, before.Length - 1));
        Assert.Equal(before, runner.Encode(next));
    }

    private static IEnumerable<int> Endless()
    {
        while (true)
            yield return 1;
    }

    private static int One() => 1;

    private int Instance() => member;

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }

    private sealed class Node
    {
        public string? Name { get; set; }

        public Node? Next { get; set; }
    }

    private sealed class Secretive
    {
        private int secret = 1;

        public int Reveal() => secret++;
    }
}
