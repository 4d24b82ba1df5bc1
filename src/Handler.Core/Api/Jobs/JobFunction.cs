using System.Buffers;

namespace Handler;

/// <summary>
/// The function of a job: either a delegate, whose code the worker finds by itself, or a registered function called by name.
/// </summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
public readonly struct JobFunction<T>
{
    internal JobFunction(Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Delegate = function;
    }

    internal JobFunction(string name, Action<IJobSerializer, IBufferWriter<byte>>? writeArgument)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        WriteArgument = writeArgument;
    }

    internal Delegate? Delegate { get; }

    internal string? Name { get; }

    internal Action<IJobSerializer, IBufferWriter<byte>>? WriteArgument { get; }
}
