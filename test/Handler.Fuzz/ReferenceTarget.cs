using System.Buffers;
using System.Reflection;
using Handler.Functions;

namespace Handler.Fuzz;

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
