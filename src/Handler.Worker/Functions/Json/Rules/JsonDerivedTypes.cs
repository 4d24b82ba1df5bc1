using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// The classes that an object declared as a base class may have: the derived classes in the base's own assembly. Writer and reader find
/// them independently. The bytes choose among them, as among types listed with [JsonDerivedType], and never introduce a type. A class that
/// cannot be sent is left out, and its values are rejected.
/// </summary>
internal static class JsonDerivedTypes
{
    private static readonly ConcurrentDictionary<Module, Dictionary<int, List<int>>> Known = new();
    private static readonly ConcurrentDictionary<Type, string> LeftOut = new();

    /// <summary>Reads the metadata of an assembly ahead of use.</summary>
    public static void Prepare(Module module) => Known.GetOrAdd(module, Find);

    /// <summary>Why a derived class was left out; <see langword="null"/> if no reason is known.</summary>
    public static string? WhyLeftOut(Type type) => LeftOut.GetValueOrDefault(type);

    public static void Attach(JsonTypeInfo info, TypeGate gate, bool isTrial)
    {
        var type = info.Type;
        if (info.PolymorphismOptions is not null)
            Complete(info.PolymorphismOptions, type);
        if (!type.IsClass || type.IsSealed || type.IsGenericType || info.PolymorphismOptions is not null || !gate.Allows(type.Assembly))
            return;
        var derived = new List<Type>();
        Collect(type.Module, type.MetadataToken, Known.GetOrAdd(type.Module, Find), derived);
        if (derived.Count == 0)
            return;
        var trial = isTrial ? null : new JsonTrial(info.Options, gate);
        // The base type's rules reject the value.
        var options = new JsonPolymorphismOptions { UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FallBackToBaseType };
        string? reason = null;
        foreach (var next in derived)
        {
            reason = trial?.WhyNot(next);
            if (reason is null)
                options.DerivedTypes.Add(new(next, next.FullName!));
            else
                LeftOut[next] = reason;
        }

        if (options.DerivedTypes.Count > 0)
            info.PolymorphismOptions = options;
        else if (type.IsAbstract)
            throw new NotSupportedException($"{TypeName.Of(type)} is abstract, and no class that derives from it can be sent. {reason}");
    }

    /// <summary>
    /// Completes a list of derived types: a class that is listed without a discriminator would come back as the base class.
    /// </summary>
    private static void Complete(JsonPolymorphismOptions options, Type type)
    {
        for (var i = 0; i < options.DerivedTypes.Count; i++)
        {
            var listed = options.DerivedTypes[i];
            if (listed.TypeDiscriminator is null && listed.DerivedType != type)
                options.DerivedTypes[i] = new(listed.DerivedType, listed.DerivedType.FullName!);
        }
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

    /// <summary>The derived classes of each class, read from the metadata without loading any type.</summary>
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
