using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Handler.Infrastructure;

namespace Handler.Functions;

/// <summary>Writes the captured values of one call. An object that was captured twice is written once.</summary>
internal sealed class CaptureWriter(ValueCodecs codecs, MethodPortability portability)
{
    private const string TooDeep =
        "functions that capture each other in a chain are nested too deep for the stack. "
            + "Put the values that they capture into one list, and let one function iterate over it.";

    private static readonly ConcurrentDictionary<Type, ValueTraits> Traits = new();

    private readonly List<object> objects = [];
    private Dictionary<object, int>? numbers;
    private int level;

    public ValueCodecs Codecs => codecs;

    /// <summary>
    /// The fields that the function and its captured delegates read; <see langword="null"/> if there are no captured delegates.
    /// </summary>
    public CaptureSet? Set { get; set; }

    public void Clear()
    {
        objects.Clear();
        numbers?.Clear();
        level = 0;
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
        EnterLevel();
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

        level--;
    }

    public void WriteValue(IBufferWriter<byte> writer, object? value, Type declared, string name)
    {
        try
        {
            WriteValue(writer, value, declared);
        }
        catch (Exception exception)
            when (exception is not (FunctionNotPortableException { InnerException: not null } or OutOfMemoryException))
        {
            // Reported once, for the innermost variable: a delegate's own captures have names too.
            throw new FunctionNotPortableException(
                $"The function captures '{name}', a {TypeName.Of(value!.GetType())}, which cannot be sent to a worker: "
                    + (exception is InsufficientExecutionStackException ? TooDeep : exception.Message),
                exception);
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
            codecs.Get<Type>().Write(writer, named);
            return;
        }

        var type = value.GetType();
        var hasIdentity = CaptureReader.HasIdentity(value);
        if (hasIdentity && WriteReference(writer, value))
            return;
        var traits = Traits.GetOrAdd(type, ValueTraits.Of);
        if (traits.IsFunctionObject)
        {
            WriteFunctionObject(writer, value, type);
            return;
        }

        if (traits.Reason is { } reason && !(traits.IsLazy && IsSequence(declared)))
            throw new NotSupportedException(reason + ".");
        type = traits.CarriedAs;
        if (type == declared || Nullable.GetUnderlyingType(declared) == type || IsSentAsDeclared(value, type, declared))
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

    private void WriteFunctionObject(IBufferWriter<byte> writer, object function, Type type)
    {
        if (!codecs.Gate.Allows(type.Assembly))
            throw new NotSupportedException(
                "it is a function value whose code belongs to FSharp.Core, such as a partial application. "
                    + "Write it as a lambda with all its arguments: fun x -> f 1 x.");
        EnterLevel();
        portability.CheckFunctionObject(type);
        writer.WriteByte((byte)ValueKind.FunctionObject);
        writer.WriteUnmanaged(type.Module.ModuleVersionId);
        TypeReference.Write(writer, type);
        Remember(function);
        foreach (var field in FunctionObject.FieldsOf(type))
            WriteValue(writer, field.GetValue(function), field.FieldType, field.Name);
        level--;
    }

    private void EnterLevel()
    {
        if (++level > WorkerTuning.Values.LevelsOnAnyStack)
            RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    private (byte[] Reference, TargetKind Kind, ClosureLayout? Layout) MakeReference(Delegate function, CaptureSet set)
    {
        var kind = portability.Check(function);
        portability.CheckType(function.GetType(), "The delegate's type");
        var layout = kind == TargetKind.Closure ? set.LayoutOf(function.Target!.GetType(), function.Method) : null;
        return (FunctionPlan.MakeDelegateReference(function, kind, layout), kind, layout);
    }

    private static bool IsSequence(Type declared) => declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(IEnumerable<>);

    /// <summary>
    /// Whether a sequence whose own type the worker cannot create (from a collection expression or LINQ) may be sent as its declared
    /// interface. The function sees only the interface, and finds the same items.
    /// </summary>
    private bool IsSentAsDeclared(object value, Type type, Type declared)
    {
        if (!declared.IsInterface
            || !declared.IsGenericType
            || type.IsValueType
            || codecs.Gate.IsReadable(type) && !ClosureClass.IsCompilerMade(type))
            return false;
        var definition = declared.GetGenericTypeDefinition();
        return definition == typeof(IEnumerable<>)
            || definition == typeof(IReadOnlyCollection<>)
            || definition == typeof(IReadOnlyList<>)
            || (
                value is System.Collections.IList { IsFixedSize: true, IsReadOnly: true }
                && (definition == typeof(IList<>) || definition == typeof(ICollection<>)));
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
        if (objects.Count <= Tuning.Functions.LinearSearch)
            return;
        numbers ??= new Dictionary<object, int>(ReferenceEqualityComparer.Instance);
        for (var i = numbers.Count; i < objects.Count; i++)
            numbers.Add(objects[i], i);
    }
}
