using System.Runtime.CompilerServices;

namespace Handler.Functions;

/// <summary>Reads the captured values of one call. An object that was captured twice is read as one object.</summary>
internal sealed class CaptureReader(FunctionLoader loader)
{
    private readonly List<object> objects = [];
    private int level;

    public void Clear()
    {
        objects.Clear();
        level = 0;
    }

    public object? ReadClosure(ref PayloadReader reader, ClosureLayout layout)
    {
        switch ((ValueKind)reader.ReadByte())
        {
            case ValueKind.Null:
                return null;
            case ValueKind.Reference:
                return ReadReference(ref reader, layout.Type);
            case ValueKind.Closure:
                EnterLevel();
                var closure = RuntimeHelpers.GetUninitializedObject(layout.Type);
                objects.Add(closure);
                foreach (var field in layout.Fields)
                    field.Info.SetValue(
                        closure,
                        field.Closure is { } nested ? ReadClosure(ref reader, nested) : ReadValue(ref reader, field.Info.FieldType));
                level--;
                return closure;
            case var other:
                throw new FormatException($"The payload has a value of kind {other} where captured variables are expected.");
        }
    }

    public object? ReadValue(ref PayloadReader reader, Type declared)
    {
        switch ((ValueKind)reader.PeekByte())
        {
            case ValueKind.Reference:
                reader.ReadByte();
                return ReadReference(ref reader, declared);
            case ValueKind.Delegate:
                reader.ReadByte();
                return Fitting(loader.ReadDelegate(ref reader, this), declared);
            case ValueKind.Typed:
                reader.ReadByte();
                var type = TypeReference.Read(ref reader, loader.Codecs.Gate);
                loader.Codecs.Gate.RequireReadable(type);
                return Remember(Fitting(loader.Codecs.Get(type).ReadObject(ref reader), declared));
            case ValueKind.FunctionObject:
                reader.ReadByte();
                return Fitting(ReadFunctionObject(ref reader), declared);
            default:
                return Remember(loader.Codecs.Get(declared).ReadObject(ref reader));
        }
    }

    /// <summary>Whether an object gets a number by which later values can refer to it. Writer and reader must agree.</summary>
    public static bool HasIdentity(object value) => value is not (string or Type) && !value.GetType().IsValueType;

    private object ReadFunctionObject(ref PayloadReader reader)
    {
        loader.RequireUnregistered();
        EnterLevel();
        var version = reader.ReadUnmanaged<Guid>();
        var type = TypeReference.Read(ref reader, loader.Codecs.Gate);
        if (!ClosureClass.IsFunctionObject(type)
            || type.IsAbstract
            || type.ContainsGenericParameters
            || !loader.Codecs.Gate.Allows(type.Assembly))
            throw new FormatException($"The payload has a {TypeName.Of(type)} where a function value is expected.");
        if (type.Module.ModuleVersionId != version)
            throw new FunctionLoadException(MethodReference.OtherBuild(type.Assembly.GetName().Name!, $"the function value {type.Name}"));
        foreach (var argument in type.GetGenericArguments())
            loader.Codecs.Gate.RequireArgument(argument);
        var function = RuntimeHelpers.GetUninitializedObject(type);
        objects.Add(function);
        foreach (var field in FunctionObject.FieldsOf(type))
            field.SetValue(function, ReadValue(ref reader, field.FieldType));
        level--;
        return function;
    }

    private void EnterLevel()
    {
        if (++level > WorkerTuning.Values.LevelsOnAnyStack)
            RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    private object? Remember(object? value)
    {
        if (value is not null && HasIdentity(value))
            objects.Add(value);
        return value;
    }

    private object ReadReference(ref PayloadReader reader, Type declared)
    {
        var number = reader.ReadLength();
        return (uint)number < (uint)objects.Count
            ? Fitting(objects[number], declared)!
            : throw new FormatException("The payload refers to a captured object that does not exist.");
    }

    private static object? Fitting(object? value, Type declared)
        => value is null || declared.IsInstanceOfType(value)
            ? value
            : throw new FormatException(
                $"The payload has a {TypeName.Of(value.GetType())} for a variable of type {TypeName.Of(declared)}.");
}
