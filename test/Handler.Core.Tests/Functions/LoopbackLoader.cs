using System.Buffers;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>A separate worker for calls that another runner encoded.</summary>
internal sealed class LoopbackLoader(LoopbackRunner runner)
{
    public T Run<T>(byte[] call)
    {
        var bound = new FunctionLoader(runner.Encoder.Policy).Bind(call);
        bound.Invoke(default);
        var result = new ArrayBufferWriter<byte>();
        bound.WriteResult(result);
        return runner.Encoder.ReadResult<T>(result.WrittenSpan);
    }
}
