using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Handler.Functions;

/// <summary>
/// Checks whether a type can be sent without adding it to the serializer. Once the serializer knows a type that cannot, it rejects
/// every type that refers to it.
/// </summary>
internal sealed class JsonTrial(JsonSerializerOptions options, TypeGate gate)
{
    private readonly DefaultJsonTypeInfoResolver resolver = new();
    private readonly Dictionary<Type, Findings> tried = [];

    /// <summary>Why a type, or the type of one of its members, cannot be sent; <see langword="null"/> if they can.</summary>
    public string? WhyNot(Type type) => WhyNot(type, []);

    /// <param name="type">The type.</param>
    /// <param name="seen">The types that were checked already or are being checked; they are not checked again.</param>
    private string? WhyNot(Type type, HashSet<Type> seen)
    {
        if (!tried.TryGetValue(type, out var found))
            tried.Add(type, found = Try(type));
        if (found.Reason is not null || !seen.Add(type))
            return found.Reason;
        foreach (var part in found.Parts)
            found.Reason ??= WhyNot(part, seen);
        return found.Reason ??= WhyNone(found.Choices, seen);
    }

    /// <summary>An abstract class can be sent if at least one of its derived classes can.</summary>
    private string? WhyNone(Type[] choices, HashSet<Type> seen)
    {
        string? reason = null;
        foreach (var choice in choices)
        {
            reason = WhyNot(choice, [.. seen]);
            if (reason is null)
                return null;
        }

        return reason;
    }

    private Findings Try(Type type)
    {
        try
        {
            JsonTypeLimits.Check(type);
            var info = resolver.GetTypeInfo(type, options);
            JsonTypeRules.Apply(info, gate, isTrial: true);
            var isChoice =
                type.IsAbstract
                && info.PolymorphismOptions is not null
                && !type.IsDefined(typeof(JsonDerivedTypeAttribute), inherit: false);
            return new Findings(
                [.. JsonParts.Of(info)],
                isChoice ? [.. info.PolymorphismOptions!.DerivedTypes.Select(listed => listed.DerivedType)] : []);
        }
        catch (Exception exception)
            when (exception
                    is NotSupportedException
                        or InvalidOperationException
                        or ArgumentException
                        or TypeLoadException
                        or IOException
                        or BadImageFormatException)
        {
            return new Findings([], []) { Reason = exception.Message };
        }
    }

    /// <param name="Parts">The types that a type declares to hold. It can be sent only if all of them can.</param>
    /// <param name="Choices">The derived classes of an abstract class.</param>
    private sealed record Findings(Type[] Parts, Type[] Choices)
    {
        public string? Reason { get; set; }
    }
}
