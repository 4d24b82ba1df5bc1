using System.Buffers;
using Handler.Functions;

namespace Handler.Tests.Functions;

/// <summary>Runs functions in this process as a worker would: every call and every result is encoded to bytes and read back.</summary>
internal sealed class LoopbackRunner : IJobRunner
{
    private readonly FunctionLoader loader;

    public LoopbackRunner(Action<HandlerOptions>? configure = null)
    {
        var options = new HandlerOptions();
        configure?.Invoke(options);
        Encoder = new FunctionEncoder(options);
        var policy = new ArrayBufferWriter<byte>();
        Encoder.Policy.Write(policy);
        loader = new FunctionLoader(FunctionPolicy.Read(policy.WrittenSpan));
    }

    public FunctionEncoder Encoder { get; }

    /// <summary>The bytes of the last call.</summary>
    public byte[] LastCall { get; private set; } = [];

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        LastCall = Encode(function);
        var bound = loader.Bind(LastCall);
        bound.Invoke(cancellationToken);
        var result = new ArrayBufferWriter<byte>();
        bound.WriteResult(result);
        return Task.FromResult(new JobOutcome<T>(Encoder.ReadResult<T>(result.WrittenSpan)));
    }

    public byte[] Encode<T>(JobFunction<T> function) => Encoder.Encode(function, int.MaxValue).Call.ToArray();

    public BoundFunction Bind(ReadOnlySpan<byte> call) => loader.Bind(call);
}
