namespace Handler.Functions;

/// <summary>
/// What a function reads together with the delegates it captured. They share closure objects with it, and each object travels once, so
/// what travels must serve all of them.
/// </summary>
internal static class CapturedDelegates
{
    public static CapturedFields ReadBy(Delegate root)
    {
        var read = new CapturedFields();
        var analysed = new HashSet<System.Reflection.MethodInfo>();
        bool more;
        do
        {
            // A delegate found in one round may read variables that hold further delegates.
            more = false;
            var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
            var left = new Stack<Delegate>([root]);
            while (left.TryPop(out var function))
            {
                if (analysed.Add(function.Method))
                    more |= read.UnionWith(CapturedFields.ReadBy(function.Method));
                if (function.Target is { } target)
                    Visit(target, read, seen, left);
            }
        }
        while (more);
        return read;
    }

    private static void Visit(object target, CapturedFields read, HashSet<object> seen, Stack<Delegate> found)
    {
        var closures = new Stack<object>([target]);
        while (closures.TryPop(out var closure))
        {
            if (!ClosureClass.HoldsCaptures(closure.GetType()) || !seen.Add(closure))
                continue;
            foreach (var field in ClosureLayouts.ReadFields(closure.GetType(), read))
            {
                if (field.GetValue(closure) is not { } value)
                    continue;
                if (value is Delegate function)
                    found.Push(function);
                else
                    closures.Push(value);
            }
        }
    }
}
