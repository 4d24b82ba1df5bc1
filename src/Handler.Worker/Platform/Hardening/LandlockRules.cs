namespace Handler.Platform;

/// <summary>Rules of Landlock that restrict nothing yet.</summary>
/// <param name="descriptor">Their descriptor, which this object owns.</param>
/// <param name="reads">The rights to read and execute that the rules deny where they do not allow them; 0 if they deny none.</param>
internal sealed class LandlockRules(int descriptor, ulong reads) : IDisposable
{
    public int Descriptor => descriptor;

    public ulong Reads => reads;

    public void Dispose() => _ = LibC.Close(descriptor);
}
