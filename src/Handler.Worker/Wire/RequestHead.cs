using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>
/// The head of a frame from the parent: 32 bytes, little-endian, followed by the body. Both ends run on the same machine and come from the
/// same build, so the layout is the struct's.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
internal struct RequestHead
{
    public const int Size = 32;

    /// <summary>The length of the whole frame, including this head.</summary>
    public int Length;

    public RequestKind Kind;
    public byte Slot;
    public short Reserved;
    public long Attempt;
    public long MaxHeapBytes;
    public long MaxResidentBytes;
}
