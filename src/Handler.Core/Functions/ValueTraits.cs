namespace Handler.Functions;

/// <summary>The facts about all captured values of a type.</summary>
/// <param name="Reason">Why they cannot be sent; <see langword="null"/> if there is no known reason.</param>
/// <param name="IsLazy">Whether they are computed while they are read.</param>
/// <param name="IsFunctionObject">Whether they are F# function values.</param>
/// <param name="CarriedAs">The type that is sent to the worker: their own, or a general base type of it.</param>
internal sealed record ValueTraits(string? Reason, bool IsLazy, bool IsFunctionObject, Type CarriedAs)
{
    public static ValueTraits Of(Type type)
    {
        if (ProcessBoundTypes.IsLazy(type))
            return new ValueTraits(
                ProcessBoundTypes.Reason(type)
                    ?? "it is a sequence that is computed while it is read (LINQ or an iterator). Call ToList() or ToArray() first",
                true,
                false,
                type);
        var carriedAs = PublicKind(type);
        return new ValueTraits(
            carriedAs == type ? ProcessBoundTypes.Reason(type) : null,
            false,
            ClosureClass.IsFunctionObject(type),
            carriedAs);
    }

    /// <summary>
    /// Finds the general base type that a value is sent as. The framework has many classes behind a general one: each encoding, each string
    /// comparer, each frozen set. A generated Regex is a class of the application, but it is sent as a Regex too.
    /// </summary>
    private static Type PublicKind(Type type)
    {
        var isOther = FrameworkAssemblies.IsFramework(type.Assembly) && !PlainTypes.Contains(Definition(type));
        for (var current = type.BaseType; current is not null && current != typeof(object); current = current.BaseType)
        {
            if (IsRegex(current) || (isOther && PlainTypes.Contains(Definition(current))))
                return current;
        }

        return type;
    }

    private static bool IsRegex(Type type)
        => type.FullName == "System.Text.RegularExpressions.Regex" && FrameworkAssemblies.IsFramework(type.Assembly);

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
