using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>Finds out whether types can travel without making them known to the serializer, which would then refuse all that refers to one that cannot.</summary>
internal sealed class JsonTrial(JsonSerializerOptions options, TypeGate gate)
{
    private readonly DefaultJsonTypeInfoResolver resolver = new();
    private readonly Dictionary<Type, (string? Reason, Type[] Parts)> tried = [];

    /// <summary>Why values of a type, or of one that it declares to hold, cannot travel; <see langword="null"/> if nothing is known against it.</summary>
    public string? WhyNot(Type type)
    {
        var seen = new HashSet<Type>();
        var left = new Stack<Type>([type]);
        while (left.TryPop(out var next))
        {
            if (!seen.Add(next))
                continue;
            if (!tried.TryGetValue(next, out var known))
                tried.Add(next, known = Try(next));
            if (known.Reason is not null)
                return known.Reason;
            foreach (var part in known.Parts)
                left.Push(part);
        }

        return null;
    }

    private (string? Reason, Type[] Parts) Try(Type type)
    {
        try
        {
            var info = resolver.GetTypeInfo(type, options);
            JsonTypeRules.Apply(info, gate, isTrial: true);
            return (null, [.. JsonJobSerializer.PartsOf(info)]);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException or TypeLoadException or IOException or BadImageFormatException)
        {
            return (e.Message, []);
        }
    }
}
