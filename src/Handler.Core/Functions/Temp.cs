using System.Buffers; using System.Text; using System.Text.Json;
namespace Handler.Functions;
internal sealed class FunctionEncoder(HandlerOptions o) { public HandlerOptions O = o; public FunctionPolicyW Policy => new();
 public void Encode<T>(in JobFunction<T> f, IBufferWriter<byte> w) { var m = f.Delegate!.Method; w.Write(Encoding.UTF8.GetBytes(m.Module.Assembly.GetName().Name + "|" + m.MetadataToken)); }
 public T ReadResult<T>(ReadOnlySpan<byte> r) => r.Length == 0 ? default! : JsonSerializer.Deserialize<T>(r)!; }
internal sealed class FunctionPolicyW { public void Write(IBufferWriter<byte> w) { } }
