using System.Buffers;

namespace Handler;

/// <summary>The argument of a registered function.</summary>
internal abstract class RegisteredArgument
{
    public abstract object? Value { get; }

    public abstract void Write(IJobSerializer serializer, IBufferWriter<byte> writer);
}
