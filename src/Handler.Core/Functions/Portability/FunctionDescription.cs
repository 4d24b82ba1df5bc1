using System.Reflection;

namespace Handler.Functions;

/// <summary>Describes a function in messages by its names in the source, not by the compiler's names.</summary>
internal static class FunctionDescription
{
    public static string Of(MethodInfo method)
    {
        var type = method.DeclaringType;
        while (type is { IsNested: true } && IsCompilerMade(type))
            type = type.DeclaringType;
        var owner = type is null
            ? ""
            : TypeName.Of(type.IsGenericType && !type.IsGenericTypeDefinition ? type.GetGenericTypeDefinition() : type) + ".";

        if (method.DeclaringType is { IsNested: true } made && made.Name.IndexOf('@', StringComparison.Ordinal) is > 0 and var at)
            return $"the lambda in {owner}{made.Name[..at]}";
        if (method.Name.StartsWith("_Lambda$__", StringComparison.Ordinal))
            return $"a lambda in {owner.TrimEnd('.')}";

        // <Method>b__0_1 is a lambda, <Method>g__Name|0_1 a local function.
        var end = method.Name.IndexOf('>', StringComparison.Ordinal);
        if (!method.Name.StartsWith('<') || end < 0)
            return $"the method {owner}{method.Name}";
        var inside = owner + method.Name[1..end].Trim('<', '>', '$');
        var bar = method.Name.IndexOf('|', StringComparison.Ordinal);
        return method.Name.AsSpan(end + 1).StartsWith("g__") && bar > end
            ? $"the local function {method.Name[(end + 4)..bar]} in {inside}"
            : $"the lambda in {inside}";
    }

    private static bool IsCompilerMade(Type type)
        => type.Name.StartsWith('<')
        || type.Name.Contains('@', StringComparison.Ordinal)
        || type.Name.StartsWith("_Closure$__", StringComparison.Ordinal);
}
