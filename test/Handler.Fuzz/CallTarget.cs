using System.Buffers;
using System.Reflection;
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

/// <summary>References to methods, fields and types, in the form that calls use, each read separately.</summary>
internal sealed class ReferenceTarget : IFuzzTarget
{
    private readonly TypeGate gate = new([typeof(ReferenceTarget).Assembly.GetName().Name!]);
    private readonly Aliases aliases = new();

    public string Name => "references";

    public IEnumerable<byte[]> Seeds()
    {
        foreach (var type in (Type[])
                [
                    typeof(int),
                    typeof(Node),
                    typeof(List<Point[]>),
                    typeof(Dictionary<string, (int, Shape)>),
                    typeof(int[,][]),
                    typeof(Func<Node, Task<int>>),
                ])
        {
            var writer = new ArrayBufferWriter<byte>();
            writer.WriteByte(0);
            TypeReference.Write(writer, type);
            yield return writer.WrittenSpan.ToArray();
        }

        var lambda = static () => 1;
        foreach (var (method, kind) in ((MethodInfo, TargetKind)[])
                [
                    (((Func<int>)Jobs.Plain).Method, TargetKind.None),
                    (((Func<Node>)Jobs.Generic<Node>).Method, TargetKind.None),
                    (lambda.Method, TargetKind.Stateless),
                ])
        {
            var writer = new ArrayBufferWriter<byte>();
            writer.WriteByte(1);
            FunctionPlan.WriteTarget(writer, method, kind, null);
            yield return aliases.Replace(writer.WrittenSpan.ToArray());
        }
    }

    public void Read(byte[] input)
    {
        if (input.Length == 0)
            return;
        var reader = new PayloadReader(aliases.Resolve(input).AsSpan(1));
        try
        {
            if (input[0] % 2 == 0)
                gate.IsReadable(TypeReference.Read(ref reader, gate));
            else
                MethodTarget.Read(ref reader, gate);
        }
        catch (Exception exception) when (exception is FormatException or FunctionLoadException)
        {
            // Refused.
        }
    }
}

internal static class TextExtensions
{
    public static int CountOf(this string text) => text.Length;
}
