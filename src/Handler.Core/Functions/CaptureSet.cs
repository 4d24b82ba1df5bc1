using System.Collections.Concurrent;
using System.Reflection;

namespace Handler.Functions;

/// <summary>
/// The fields that a function and its captured delegates read together. The delegates share closure objects with the function, and each
/// object is sent once, so the fields sent must be enough for all of them. The captured delegates can differ from call to call; a set is
/// reused as long as they are the same.
/// </summary>
internal sealed class CaptureSet
{
    private readonly CapturedFields read;
    private readonly HashSet<MethodInfo> methods;
    private readonly ConcurrentDictionary<Type, ClosureLayout> layouts = new();

    private CaptureSet(CapturedFields read, HashSet<MethodInfo> methods)
    {
        this.read = read;
        this.methods = methods;
    }

    /// <summary>The references of the delegates, with the layouts of their targets in this set.</summary>
    public ConcurrentDictionary<
        (MethodInfo Method, Type Delegate),
        (byte[] Reference, TargetKind Kind, ClosureLayout? Layout)
    > References
    { get; } = new();

    /// <summary>Finds the fields that a function and its captured delegates read.</summary>
    public static CaptureSet Of(Delegate root)
    {
        var read = new CapturedFields();
        var analysed = new HashSet<MethodInfo>();
        bool more;
        do
        {
            // A delegate found in one round may read variables that hold further delegates.
            more = false;
            foreach (var method in MethodsFrom(root, type => ClosureLayouts.ReadFields(type, read)))
            {
                if (analysed.Add(method))
                    more |= read.UnionWith(CapturedFields.ReadBy(method));
            }
        }
        while (more);
        return new CaptureSet(read, analysed);
    }

    public ClosureLayout LayoutOf(Type closure, MethodInfo function)
        => layouts.TryGetValue(closure, out var layout)
            ? layout
            : layouts.GetOrAdd(closure, ClosureLayouts.Build(closure, read, FunctionDescription.Of(function)));

    /// <summary>
    /// Whether a function captured delegates of exactly the methods that this set was made for. With one more, a field would be missing;
    /// with one less, a field might be included that is not needed and cannot be sent.
    /// </summary>
    public bool Fits(Delegate root)
        => MethodsFrom(root, type => layouts.TryGetValue(type, out var layout) ? layout.Holders : ClosureLayouts.ReadFields(type, read))
            .SetEquals(methods);

    /// <summary>The methods of a delegate and of all delegates that it captured, found through the given fields of each closure.</summary>
    private static HashSet<MethodInfo> MethodsFrom(Delegate root, Func<Type, IEnumerable<FieldInfo>> fieldsOf)
    {
        var found = new HashSet<MethodInfo>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var left = new Stack<object>([root]);
        while (left.TryPop(out var next))
        {
            if (next is Delegate function)
            {
                found.Add(function.Method);
                if (function.Target is { } target)
                    left.Push(target);
            }
            else if (FieldsOf(next.GetType(), fieldsOf) is { } fields && seen.Add(next))
            {
                foreach (var field in fields)
                {
                    if (field.GetValue(next) is { } value)
                        left.Push(value);
                }
            }
        }

        return found;
    }

    /// <summary>
    /// The fields through which delegates can be reached; <see langword="null"/> if the type is neither a closure nor a function object.
    /// </summary>
    private static IEnumerable<FieldInfo>? FieldsOf(Type type, Func<Type, IEnumerable<FieldInfo>> fieldsOfClosure)
        => ClosureClass.HoldsCaptures(type) ? fieldsOfClosure(type)
            : ClosureClass.IsFunctionObject(type) ? FunctionObject.FieldsOf(type)
            : null;
}
