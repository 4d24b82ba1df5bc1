using System.Buffers;
using System.Collections.Concurrent;

namespace Handler.Functions;

/// <summary>Writes the captured values of one call, an object that was captured twice only once.</summary>
internal sealed class CaptureWriter(ValueCodecs codecs, MethodPortability portability)
{
    /// <summary>Below this, comparing references one by one is faster than hashing them.</summary>
    private const int LinearSearchLimit = 16;

    private static readonly ConcurrentDictionary<Type, string> Reasons = new();

    private readonly List<object> objects = [];
    private Dictionary<object, int>? numbers;

    public ValueCodecs Codecs => codecs;

    /// <summary>What the function and its captured delegates read, where there are any.</summary>
    public CaptureSet? Set { get; set; }

    public void Clear()
    {
        objects.Clear();
        numbers?.Clear();
        Set = null;
    }

    public void WriteClosure(IBufferWriter<byte> writer, object? closure, ClosureLayout layout)
    {
        if (closure is null)
        {
            writer.WriteByte((byte)ValueKind.Null);
            return;
        }

        if (WriteReference(writer, closure))
            return;
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        writer.WriteByte((byte)ValueKind.Closure);
        Remember(closure);
        foreach (var field in layout.Fields)
        {
            var value = field.Info.GetValue(closure);
            if (field.Closure is { } around)
                WriteClosure(writer, value, around);
            else
                WriteValue(writer, value, field.Info.FieldType, field.Info.Name);
        }
    }

    public void WriteValue(IBufferWriter<byte> writer, object? value, Type declared, string name)
    {
        try
        {
            WriteValue(writer, value, declared);
        }
        catch (Exception e) when (e is not (FunctionNotPortableException { InnerException: not null } or OutOfMemoryException))
        {
            // Said once, by the innermost variable: a delegate's own captures have names too.
            throw new FunctionNotPortableException($"The function captures '{name}', a {TypeName.Of(value!.GetType())}, which cannot travel to a worker: {e.Message}", e);
        }
    }

    private void WriteValue(IBufferWriter<byte> writer, object? value, Type declared)
    {
        if (value is null)
        {
            writer.WriteByte((byte)ValueKind.Null);
            return;
        }

        if (value is Delegate function)
        {
            WriteDelegate(writer, function);
            return;
        }

        if (value is Type named)
        {
            portability.CheckType(named, "The type");
            codecs.Get(typeof(Type)).WriteObject(writer, value);
            return;
        }

        var type = value.GetType();
        var hasIdentity = CaptureReader.HasIdentity(value);
        if (hasIdentity && WriteReference(writer, value))
            return;
        RequirePortable(value, type);
        if (type == declared || Nullable.GetUnderlyingType(declared) == type || TravelsAsDeclared(value, type, declared))
        {
            codecs.Get(declared).WriteObject(writer, value);
        }
        else
        {
            if (!codecs.Gate.IsReadable(type))
                throw new NotSupportedException(TypeGate.NotReadable(type));
            writer.WriteByte((byte)ValueKind.Typed);
            TypeReference.Write(writer, type);
            codecs.Get(type).WriteObject(writer, value);
        }

        if (hasIdentity)
            Remember(value);
    }

    private void WriteDelegate(IBufferWriter<byte> writer, Delegate function)
    {
        Set ??= CaptureSet.Of(function);
        var key = (function.Method, function.GetType());
        if (!function.HasSingleTarget || !Set.References.TryGetValue(key, out var known))
            Set.References.TryAdd(key, known = MakeReference(function, Set));
        writer.WriteByte((byte)ValueKind.Delegate);
        writer.Write(known.Reference);
        if (known.Layout is not null)
            WriteClosure(writer, function.Target, known.Layout);
        else if (known.Kind == TargetKind.FirstArgument)
            WriteValue(writer, function.Target, function.Method.GetParameters()[0].ParameterType, "first argument");
    }

    private (byte[] Reference, TargetKind Kind, ClosureLayout? Layout) MakeReference(Delegate function, CaptureSet set)
    {
        var kind = portability.Check(function);
        portability.CheckType(function.GetType(), "The delegate's type");
        var layout = kind == TargetKind.Closure ? set.LayoutOf(function.Target!.GetType(), function.Method) : null;
        return (FunctionPlan.MakeDelegateReference(function, kind, layout), kind, layout);
    }

    private static void RequirePortable(object value, Type type)
    {
        var reason = Reasons.GetOrAdd(type, static type => ProcessBoundTypes.Reason(type) ?? "");
        if (ProcessBoundTypes.IsLazySequence(value))
            reason = "it is a sequence that is computed while it is read (LINQ or an iterator). Call ToList() or ToArray() first";
        if (reason.Length > 0)
            throw new NotSupportedException(reason + ".");
    }

    /// <summary>
    /// Whether a sequence whose own type cannot be made again (what a collection expression or AsReadOnly makes) may travel as the
    /// interface it is declared as: whoever sees only the interface finds the same items.
    /// </summary>
    private bool TravelsAsDeclared(object value, Type type, Type declared)
    {
        if (!declared.IsInterface || !declared.IsGenericType || type.IsValueType || codecs.Gate.IsReadable(type) && !ClosureClass.IsGenerated(type))
            return false;
        var definition = declared.GetGenericTypeDefinition();
        return definition == typeof(IEnumerable<>) || definition == typeof(IReadOnlyCollection<>) || definition == typeof(IReadOnlyList<>)
            || (value is System.Collections.IList { IsFixedSize: true, IsReadOnly: true } && (definition == typeof(IList<>) || definition == typeof(ICollection<>)));
    }

    private bool WriteReference(IBufferWriter<byte> writer, object value)
    {
        var number = numbers is { Count: > 0 } ? numbers.GetValueOrDefault(value, -1) : Find(value);
        if (number < 0)
            return false;
        writer.WriteByte((byte)ValueKind.Reference);
        writer.WriteLength(number);
        return true;
    }

    private int Find(object value)
    {
        for (var i = 0; i < objects.Count; i++)
        {
            if (ReferenceEquals(objects[i], value))
                return i;
        }

        return -1;
    }

    private void Remember(object value)
    {
        objects.Add(value);
        if (objects.Count <= LinearSearchLimit)
            return;
        numbers ??= new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        for (var i = numbers.Count; i < objects.Count; i++)
            numbers.Add(objects[i], i);
    }
}
