using System.Buffers;

namespace Handler;

/// <inheritdoc/>
internal sealed class RegisteredArgument<T>(T value) : RegisteredArgument
{
    public override object? Value => value;

    public override void Write(IJobSerializer serializer, IBufferWriter<byte> writer) => serializer.Serialize(writer, value);
}
