using System.Buffers;

namespace Handler.Functions;

/// <summary>What a worker may run: sent to it once, when it starts, by the process that owns it.</summary>
internal sealed class FunctionPolicy
{
    /// <summary>Simple names of the assemblies that functions, and types named by payloads, may come from.</summary>
    public required IReadOnlyList<string> AllowedAssemblies { get; init; }

    /// <summary>Registered functions: what <see cref="RegisteredMethod"/> wrote, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Functions { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Assembly and name of the <see cref="IJobSerializer"/>; <see langword="null"/> for JSON.</summary>
    public (string Assembly, string Name)? Serializer { get; init; }

    public void Write(IBufferWriter<byte> writer)
    {
        writer.WriteLength(AllowedAssemblies.Count);
        foreach (var assembly in AllowedAssemblies)
            writer.WriteName(assembly);
        writer.WriteLength(Functions.Count);
        foreach (var (name, method) in Functions)
        {
            writer.WriteName(name);
            writer.WriteBlock(method);
        }

        writer.WriteByte(Serializer is null ? (byte)0 : (byte)1);
        if (Serializer is { } serializer)
        {
            writer.WriteName(serializer.Assembly);
            writer.WriteName(serializer.Name);
        }
    }

    /// <exception cref="FormatException">The bytes are not a policy.</exception>
    public static FunctionPolicy Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new PayloadReader(bytes);
        var assemblies = new string[reader.ReadCount()];
        for (var i = 0; i < assemblies.Length; i++)
            assemblies[i] = reader.ReadName();
        var functions = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var left = reader.ReadCount(); left > 0; left--)
            functions[reader.ReadName()] = reader.ReadBlock().ToArray();
        (string, string)? serializer = reader.ReadByte() == 0 ? null : (reader.ReadName(), reader.ReadName());
        reader.RequireEnd();
        return new FunctionPolicy { AllowedAssemblies = assemblies, Functions = functions, Serializer = serializer };
    }
}
