using System.Buffers;

namespace Handler.Functions;

/// <summary>
/// A function with everything that it needs to run. A later call of the same function may reuse it, because a worker runs one job at a
/// time.
/// </summary>
internal abstract class BoundFunction
{
    /// <summary>Whether the function gets the token.</summary>
    public abstract bool TakesToken { get; }

    /// <summary>Runs the function to completion on the calling thread. Its exceptions are not wrapped.</summary>
    public abstract void Invoke(CancellationToken token);

    /// <summary>Writes the result of the last <see cref="Invoke"/> and releases it.</summary>
    /// <exception cref="NotSupportedException">Reading the value back would give a different value; the message states the
    /// reason.</exception>
    public abstract void WriteResult(IBufferWriter<byte> writer);
}
