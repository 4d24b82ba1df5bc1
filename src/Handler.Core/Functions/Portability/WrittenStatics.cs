using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Handler.Functions;

/// <summary>
/// The static fields that an assembly's code sets at run time: outside static constructors and module initializers, which run in
/// a worker as well. Read from the file, so that no types are loaded.
/// </summary>
internal sealed class WrittenStatics
{
    private static readonly ConcurrentDictionary<Assembly, WrittenStatics> Known = new();

    private readonly HashSet<int> fields = [];
    private readonly HashSet<int> calledSetters = [];

    /// <summary>The fields behind automatic properties, by the setter.</summary>
    private readonly Dictionary<int, int> fieldsOfSetters = [];

    public static WrittenStatics Of(Assembly assembly) => Known.GetOrAdd(assembly, Read);

    public bool Contains(int fieldToken) => fields.Contains(fieldToken);

    private static WrittenStatics Read(Assembly assembly)
    {
        var found = new WrittenStatics();
        if (AssemblyFile.PathOf(assembly) is not { } path)
            return found; // in a single file the metadata cannot be read
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            found.Add(file);
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or BadImageFormatException
                        or UnauthorizedAccessException
                        or InvalidOperationException
                        or IndexOutOfRangeException)
        {
            found.fields.Clear(); // half of the code proves nothing
        }

        return found;
    }

    private void Add(PEReader file)
    {
        var reader = file.GetMetadataReader();
        foreach (var handle in reader.MethodDefinitions)
        {
            var method = reader.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0 || RunsInWorkersToo(reader, method))
                continue;
            var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILContent();
            if (IsAutomaticSetter(reader, method))
                AddSetter(MetadataTokens.GetToken(handle), code);
            else
                AddCode(code);
        }

        foreach (var setter in calledSetters)
        {
            if (fieldsOfSetters.TryGetValue(setter, out var field))
                fields.Add(field);
        }
    }

    private void AddSetter(int setter, ImmutableArray<byte> code)
    {
        foreach (var (instruction, token) in IntermediateLanguage.Tokens([.. code]))
        {
            if (instruction == OpCodes.Stsfld)
                fieldsOfSetters[setter] = token;
        }
    }

    private void AddCode(ImmutableArray<byte> code)
    {
        foreach (var (instruction, token) in IntermediateLanguage.Tokens([.. code]))
        {
            if (instruction == OpCodes.Stsfld || instruction == OpCodes.Ldsflda)
                fields.Add(token);
            else if (instruction == OpCodes.Call)
                calledSetters.Add(token);
        }
    }

    private static bool RunsInWorkersToo(MetadataReader reader, MethodDefinition method)
        => reader.StringComparer.Equals(method.Name, ".cctor") || HasAttribute(reader, method, "ModuleInitializerAttribute");

    private static bool IsAutomaticSetter(MetadataReader reader, MethodDefinition method)
        => (method.Attributes & (MethodAttributes.Static | MethodAttributes.SpecialName))
            == (MethodAttributes.Static | MethodAttributes.SpecialName)
        && reader.StringComparer.StartsWith(method.Name, "set_")
        && HasAttribute(reader, method, "CompilerGeneratedAttribute");

    private static bool HasAttribute(MetadataReader reader, MethodDefinition method, string name)
    {
        foreach (var handle in method.GetCustomAttributes())
        {
            if (reader.GetCustomAttribute(handle).Constructor is { Kind: HandleKind.MemberReference } constructor
                && reader.GetMemberReference((MemberReferenceHandle)constructor).Parent is { Kind: HandleKind.TypeReference } type
                && reader.StringComparer.Equals(reader.GetTypeReference((TypeReferenceHandle)type).Name, name))
                return true;
        }

        return false;
    }
}
