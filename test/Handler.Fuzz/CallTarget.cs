using Handler.Functions;

namespace Handler.Fuzz;

/// <summary>Whole calls, as a worker binds them. Nothing is run.</summary>
internal sealed class CallTarget : IFuzzTarget
{
    private readonly FunctionEncoder encoder = new(
        new HandlerOptions { CallersAreElsewhere = true, AllowedAssemblies = { typeof(CallTarget).Assembly.GetName().Name! } });
    private readonly FunctionLoader loader;
    private readonly Aliases aliases = new();

    public CallTarget() => loader = new FunctionLoader(encoder.Policy);

    public string Name => "calls";

    public IEnumerable<byte[]> Seeds()
    {
        var (number, text, when, node, list) = (1, "text", DateTime.UnixEpoch, new Node { Name = "a" }, new List<int> { 1, 2 });
        object boxed = new Point(1, 2);
        object data = new Node();
        Func<int, int> add = n => n + number;
        Func<string, int> length = Jobs.Length;
        yield return Encode<int>(static () => 1);
        yield return Encode<int>(Jobs.Plain);
        yield return Encode<int>(Jobs.Generic<int>);
        yield return Encode<List<Node>>(Jobs.Generic<List<Node>>);
        yield return Encode<string>(() => text + number + when);
        yield return Encode<string>(() => $"{boxed}{data}{node}{list.Count}");
        yield return Encode<int>(() => add(number) + length(text));
        yield return Encode<int>((Func<int>)"four".CountOf);
        yield return Encode(new JobFunction<int>((Func<Task<int>>)(static () => Task.FromResult(1))));
        yield return Encode(JobFunction<string?>.Registered("fuzz.node", node));
        yield return Encode(JobFunction<string?>.Registered("fuzz.none"));
    }

    public void Read(byte[] input)
    {
        try
        {
            loader.Bind(aliases.Resolve(input));
        }
        catch (FunctionLoadException exception)
            when (exception.InnerException
                    is NullReferenceException
                        or IndexOutOfRangeException
                        or InvalidCastException
                        or OutOfMemoryException)
        {
            throw new InvalidOperationException($"It was refused by accident: {exception.InnerException.Message}", exception);
        }
        catch (FunctionLoadException)
        {
            // Refused.
        }
    }

    private byte[] Encode<T>(Func<T> function) => Encode(new JobFunction<T>(function));

    private byte[] Encode<T>(JobFunction<T> function) => aliases.Replace(encoder.Encode(function, int.MaxValue).Call.ToArray());
}
