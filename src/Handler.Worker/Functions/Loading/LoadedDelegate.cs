namespace Handler.Functions;

/// <summary>A captured delegate whose reference was resolved once.</summary>
internal sealed class LoadedDelegate(Type type, MethodTarget target)
{
    public Delegate Read(ref PayloadReader reader, CaptureReader captures)
        => target.Method.CreateDelegate(type, target.ReadTarget(ref reader, captures));
}
