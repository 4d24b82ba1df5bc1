using System.Collections.Immutable;

namespace Handler.Abuse;

/// <summary>
/// Callers on threads with a stack of 128 KiB pass values nested as deep as allowed, and deeper. A stack overflow would end the host.
/// </summary>
public sealed class SmallStack : IScenario
{
    private const int StackBytes = 128 << 10;

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 1);
        foreach (var depth in (int[])[31, 60, 10_000])
        {
            var list = Lists(depth);
            Console.WriteLine($"{depth} lists: " + OnSmallStack(() => handler.RunAsync(() => list.Count).Result.Message));
        }

        foreach (var depth in (int[])[20, 60])
        {
            var tree = Trees(depth);
            Console.WriteLine($"{depth} trees: " + OnSmallStack(() => handler.RunAsync(() => tree.Children.Count()).Result.Message));
        }

        var broken = Trees(20, value: -1);
        Console.WriteLine("broken: " + OnSmallStack(() => handler.RunAsync(() => broken.Children.Count()).Result.Message));
        foreach (var depth in (int[])[16, 10_000])
        {
            var function = Functions(depth);
            Console.WriteLine(
                $"{depth} functions: " + OnSmallStack(() => handler.RunAsync(() => function()).Result.GetValueOrThrow().ToString()));
        }

        Console.WriteLine(
            "result: " + OnSmallStack(() => handler.RunAsync(static () => Lists(31)).Result.GetValueOrThrow().Count.ToString()));
        Console.WriteLine("result too deep: " + OnSmallStack(() => handler.RunAsync(static () => Lists(60)).Result.Message));
    }

    /// <summary>Runs a call on a thread with a small stack. Returns its text, or why it was refused.</summary>
    private static string OnSmallStack(Func<string> call)
    {
        var text = "";
        var thread = new Thread(
            () =>
            {
                try
                {
                    text = call();
                }
                catch (FunctionNotPortableException exception)
                {
                    text = "refused: " + exception.Message;
                }
            },
            StackBytes);
        thread.Start();
        thread.Join();
        return text;
    }

    private static List<object> Lists(int depth)
    {
        var list = new List<object>();
        for (var i = 1; i < depth; i++)
            list = [list];
        return list;
    }

    /// <summary>Nested functions; each captures the previous one.</summary>
    private static Func<int> Functions(int depth)
    {
        Func<int> function = static () => 1;
        for (var i = 1; i < depth; i++)
        {
            var inner = function;
            function = () => inner() + 1;
        }

        return function;
    }

    /// <summary>Nested trees; the innermost has the value.</summary>
    private static Tree Trees(int depth, int value = 1)
    {
        var tree = new Tree { Value = value };
        for (var i = 1; i < depth; i++)
            tree = new Tree { Children = [tree] };
        return tree;
    }

    /// <summary>A type that the serializer's own converter writes; a converter of Handler writes its children.</summary>
    public sealed class Tree
    {
        /// <summary>The subtrees.</summary>
        public ImmutableStack<Tree> Children { get; set; } = [];

        /// <summary>Reading it throws if it is negative.</summary>
        public int Value
        {
            get => field >= 0 ? field : throw new InvalidOperationException("no value");
            set;
        }
    }
}
