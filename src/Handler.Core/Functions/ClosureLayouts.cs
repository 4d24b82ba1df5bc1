using System.Reflection;

namespace Handler.Functions;

/// <summary>Decides which fields of a closure, and of the closures of the scopes around it, are sent.</summary>
internal static class ClosureLayouts
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <exception cref="FunctionNotPortableException">The function reads <c>this</c>.</exception>
    public static ClosureLayout Build(Type type, CapturedFields read, string function) => Build(type, read, function, []);

    /// <summary>The fields of a closure that a function reads.</summary>
    public static IEnumerable<FieldInfo> ReadFields(Type type, CapturedFields read)
    {
        foreach (var field in type.GetFields(Fields))
        {
            if (!ClosureClass.IsDelegateCache(field.Name) && read.Contains(field))
                yield return field;
        }
    }

    /// <summary>Whether one of the variables may hold a delegate, so that the set of fields that are sent depends on its value.</summary>
    public static bool MayHoldDelegates(ClosureLayout layout) => MayHoldDelegates(layout, []);

    private static ClosureLayout Build(Type type, CapturedFields read, string function, Dictionary<Type, ClosureLayout> known)
    {
        if (known.TryGetValue(type, out var layout))
            return layout;
        layout = known[type] = new ClosureLayout(type);
        var fields = new List<ClosureLayout.Field>();
        foreach (var field in ReadFields(type, read))
        {
            if (field.Name.EndsWith("__this", StringComparison.Ordinal) || field.Name == "$VB$Me")
                throw new FunctionNotPortableException(
                    $"{Sentence.Start(function)} uses 'this', which is a {TypeName.Of(field.FieldType)}. "
                        + "A worker has no copy of that object: "
                        + "copy the members it uses into local variables first (var x = this.X;) and use those.");
            fields.Add(
                new ClosureLayout.Field(
                    field,
                    ClosureClass.HoldsCaptures(field.FieldType) ? Build(field.FieldType, read, function, known) : null));
        }

        layout.Fields = [.. fields];
        layout.Holders =
        [
            .. fields.Where(field => field.Closure is not null || MayHoldDelegate(field.Info.FieldType)).Select(field => field.Info),
        ];
        return layout;
    }

    private static bool MayHoldDelegates(ClosureLayout layout, HashSet<ClosureLayout> seen)
    {
        if (!seen.Add(layout))
            return false;
        foreach (var field in layout.Fields)
        {
            if (field.Closure is { } closure ? MayHoldDelegates(closure, seen) : MayHoldDelegate(field.Info.FieldType))
                return true;
        }

        return false;
    }

    private static bool MayHoldDelegate(Type type)
        => typeof(Delegate).IsAssignableFrom(type) || type.IsAssignableFrom(typeof(Action)) || ClosureClass.IsFunctionType(type);
}
