using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// The classes that an object declared as a base class may be of: those of the base's own assembly that derive from it. Both sides find them
/// by themselves; the bytes choose among them as they would among types listed with [JsonDerivedType], and never bring in a type.
/// </summary>
internal static class JsonDerivedTypes
{
    private static readonly ConcurrentDictionary<Module, Dictionary<int, List<int>>> Known = new();

    /// <summary>Reads the metadata of an assembly before it is needed.</summary>
    public static void Prepare(Module module) => Known.GetOrAdd(module, Find);

    public static void Attach(JsonTypeInfo info, TypeGate gate)
    {
        var type = info.Type;
        if (!type.IsClass || type.IsSealed || type.IsGenericType || info.PolymorphismOptions is not null || !gate.Allows(type.Assembly))
            return;
        var derived = new List<Type>();
        Collect(type.Module, type.MetadataToken, Known.GetOrAdd(type.Module, Find), derived);
        if (derived.Count == 0)
            return;
        info.PolymorphismOptions = new JsonPolymorphismOptions();
        foreach (var next in derived)
            info.PolymorphismOptions.DerivedTypes.Add(new(next, next.FullName!));
    }

    private static void Collect(Module module, int token, Dictionary<int, List<int>> tokens, List<Type> found)
    {
        foreach (var next in tokens.GetValueOrDefault(token) ?? [])
        {
            var type = module.ResolveType(next);
            if (!type.IsAbstract && !type.ContainsGenericParameters)
                found.Add(type);
            Collect(module, next, tokens, found);
        }
    }

    /// <summary>The derived classes of each class, from the metadata: no type is loaded for it.</summary>
    private static unsafe Dictionary<int, List<int>> Find(Module module)
    {
        var tokens = new Dictionary<int, List<int>>();
        if (!module.Assembly.TryGetRawMetadata(out var blob, out var length))
            return tokens;
        var reader = new MetadataReader(blob, length);
        foreach (var handle in reader.TypeDefinitions)
        {
            var parent = reader.GetTypeDefinition(handle).BaseType;
            if (parent.Kind != HandleKind.TypeDefinition || parent.IsNil)
                continue;
            var token = MetadataTokens.GetToken(parent);
            if (!tokens.TryGetValue(token, out var list))
                tokens.Add(token, list = []);
            list.Add(MetadataTokens.GetToken(handle));
        }

        return tokens;
    }
}
