namespace Handler.Functions;

/// <summary>
/// Bounds the recursion from a type to the types of its members. The JSON serializer follows it to the end before it writes anything. A
/// generic type that contains itself with a longer type argument has no end.
/// </summary>
internal static class JsonTypeLimits
{
    /// <summary>Rejects a type that consists of too many other types, before the types of its members are examined.</summary>
    public static void Check(Type type)
    {
        var left = TypeReference.PartsLimit;
        if (IsWithin(type, TypeReference.DepthLimit, ref left))
            return;
        var own = OwnIn(type) ?? type;
        var name = own.IsGenericType ? TypeName.Of(own.GetGenericTypeDefinition()) : own.Name.Split('[')[0] + "[]";
        throw new NotSupportedException(
            $"{name} refers to types without end, or its type "
                + $"arguments are nested deeper than {TypeReference.DepthLimit} levels or have more than {TypeReference.PartsLimit} parts: "
                + "a generic type may not hold itself with a longer type argument, as a Node<T> does that has a member of type Node<T[]>. "
                + "Declare such a member with a type argument that stays the same (Node<T>), mark it [JsonIgnore] "
                + "and its field [NonSerialized] if it need not be sent, "
                + "or copy what the function needs into a type without type arguments."
        );
    }

    private static bool IsWithin(Type type, int depth, ref int left)
    {
        if (depth < 0 || --left < 0)
            return false;
        if (type.HasElementType)
            return IsWithin(type.GetElementType()!, depth - 1, ref left);
        if (!type.IsGenericType)
            return true;
        foreach (var argument in type.GetGenericArguments())
        {
            if (!IsWithin(argument, depth - 1, ref left))
                return false;
        }

        return true;
    }

    /// <summary>The outermost type within a type that does not belong to the framework.</summary>
    private static Type? OwnIn(Type type)
    {
        if (type.HasElementType)
            return OwnIn(type.GetElementType()!);
        if (!FrameworkAssemblies.IsFramework(type.Assembly))
            return type;
        foreach (var argument in type.GetGenericArguments())
        {
            if (OwnIn(argument) is { } own)
                return own;
        }

        return null;
    }
}
