using System.Buffers;

namespace Handler.Functions;

/// <summary>The codecs of all types, each created once. Also the serializer that writes arguments.</summary>
internal sealed class ValueCodecs(Func<IJobSerializer> makeSerializer, TypeGate gate) : IJobSerializer
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<Type, ValueCodec> codecs = new();
    private IJobSerializer? serializer;

    /// <summary>Created on first use; most jobs do not need it.</summary>
    public IJobSerializer Serializer => serializer ??= makeSerializer();

    public TypeGate Gate { get; } = gate;

    public ValueCodec<T> Get<T>() => (ValueCodec<T>)Get(typeof(T));

    public ValueCodec Get(Type type) => codecs.TryGetValue(type, out var codec) ? codec : codecs.GetOrAdd(type, Make(type));

    /// <summary>Why no value of a type can be sent; <see langword="null"/> if no reason is known.</summary>
    public string? WhyUnsupported(Type type)
    {
        try
        {
            if (Serializer is JsonJobSerializer json
                && PrimitiveCodecs.For(type) is null
                && !type.IsEnum
                && type != typeof(object)
                && type != typeof(NoValue))
                json.Check(type);
            return null;
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException)
        {
            return exception.Message;
        }
    }

    public void Serialize<T>(IBufferWriter<byte> writer, T value) => Get<T>().Write(writer, value);

    public T Deserialize<T>(ReadOnlySpan<byte> bytes)
    {
        var reader = new PayloadReader(bytes);
        var value = Get<T>().Read(ref reader);
        reader.RequireEnd();
        return value;
    }

    private ValueCodec Make(Type type)
    {
        if (PrimitiveCodecs.For(type) is { } primitive)
            return primitive;
        if (type == typeof(Type))
            return new TypeCodec(Gate);
        if (type == typeof(object))
            return new ObjectCodec(this);
        if (type.IsEnum)
            return Create(typeof(EnumCodec<,>), type, type.GetEnumUnderlyingType());
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Create(typeof(NullableCodec<>), underlying, this);
        return Create(typeof(SerializedCodec<>), type, this);
    }

    private static ValueCodec Create(Type definition, Type argument, ValueCodecs codecs)
        => (ValueCodec)Activator.CreateInstance(definition.MakeGenericType(argument), codecs)!;

    private static ValueCodec Create(Type definition, Type first, Type second)
        => (ValueCodec)Activator.CreateInstance(definition.MakeGenericType(first, second))!;
}
