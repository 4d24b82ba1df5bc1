using System.Buffers;
using System.Reflection;
using System.Text.Json;
namespace Handler.Functions;
internal sealed class FunctionPolicy { public static FunctionPolicy Read(ReadOnlySpan<byte> b) => new(); }
internal sealed class FunctionLoader(FunctionPolicy policy) {
  readonly Dictionary<string, BoundFunction> cache = new();
  readonly FunctionPolicy p = policy;
  public BoundFunction Bind(ReadOnlySpan<byte> call) {
    var s = System.Text.Encoding.UTF8.GetString(call); if (cache.TryGetValue(s, out var f)) return f;
    var parts = s.Split('|'); var m = (MethodInfo)Assembly.Load(parts[0]).ManifestModule.ResolveMethod(int.Parse(parts[1]))!;
    var target = m.IsStatic ? null : System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(m.DeclaringType!);
    var r = m.ReturnType == typeof(void) ? typeof(int) : m.ReturnType;
    return cache[s] = m.ReturnType==typeof(void) ? new BoundAction((Action)Delegate.CreateDelegate(typeof(Action), target, m)) : (BoundFunction)Activator.CreateInstance(typeof(Bound<>).MakeGenericType(r), Delegate.CreateDelegate(typeof(Func<>).MakeGenericType(r), target, m))!;
  }
}
internal abstract class BoundFunction { public abstract void Invoke(CancellationToken t); public abstract void WriteResult(IBufferWriter<byte> w); }
internal sealed class BoundAction(Action f) : BoundFunction { public override void Invoke(CancellationToken t) => f(); public override void WriteResult(IBufferWriter<byte> w) { } }
internal sealed class Bound<T>(Func<T> f) : BoundFunction { T? r; public override void Invoke(CancellationToken t) { r = f(); (r as Task)?.GetAwaiter().GetResult(); } public override void WriteResult(IBufferWriter<byte> w) { if (r is Task) { r = default; return; } using var j = new Utf8JsonWriter(w); JsonSerializer.Serialize(j, r); r = default; } }
