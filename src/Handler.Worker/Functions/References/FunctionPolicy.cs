using System.Buffers;

namespace Handler.Functions;

/// <summary>What a worker may run. The process that owns the worker sends it once, when the worker starts.</summary>
internal sealed class FunctionPolicy
{
    /// <summary>Simple names of the assemblies from which functions, and types named by payloads, may come.</summary>
    public required IReadOnlyList<string> AllowedAssemblies { get; init; }

    /// <summary>Registered functions by name, as <see cref="RegisteredMethod"/> wrote them.</summary>
    public IReadOnlyDictionary<string, byte[]> Functions { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Assembly and name of the <see cref="IJobSerializer"/>; <see langword="null"/> for JSON.</summary>
    public (string Assembly, string Name)? Serializer { get; init; }

    /// <summary>Whether only registered functions may run: neither lambdas nor captured delegates.</summary>
    public bool RegisteredFunctionsOnly { get; init; }

    /// <summary>
    /// Whether calls come from the application itself and not from other processes. The application may name its own private methods
    /// (<see cref="CallableMethods"/>), and any framework type as a generic argument (<see cref="TypeGate.IsArgument"/>).
    /// </summary>
    public bool TrustsCallers { get; init; }

    public const string OnlyRegistered =
        "Only registered functions may run here (the option RegisteredFunctionsOnly), "
            + "and this is a lambda or another function that is named by its code. "
            + "Register a static method, with [JobFunction(\"name\")] or AddFunction, and call it with RunRegisteredAsync.";

    public void Write(IBufferWriter<byte> writer)
    {
        writer.WriteByte((byte)((RegisteredFunctionsOnly ? 1 : 0) | (TrustsCallers ? 2 : 0)));
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

    /// <exception cref="FormatException">The bytes do not represent a policy.</exception>
    public static FunctionPolicy Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new PayloadReader(bytes);
        var flags = reader.ReadByte();
        var assemblies = new string[reader.ReadCount(int.MaxValue)];
        for (var i = 0; i < assemblies.Length; i++)
            assemblies[i] = reader.ReadName();
        var functions = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var left = reader.ReadCount(int.MaxValue); left > 0; left--)
            functions[reader.ReadName()] = reader.ReadBlock().ToArray();
        (string, string)? serializer = reader.ReadByte() == 0 ? null : (reader.ReadName(), reader.ReadName());
        reader.RequireEnd();
        return new FunctionPolicy
        {
            AllowedAssemblies = assemblies,
            Functions = functions,
            Serializer = serializer,
            RegisteredFunctionsOnly = (flags & 1) != 0,
            TrustsCallers = (flags & 2) != 0,
        };
    }
}
