using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>
/// The head of a frame from the parent: 48 bytes, little-endian, followed by the body. Both ends run on the same machine and come from the
/// same build, so the layout is the struct's.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
internal struct RequestHead
{
    public const int Size = 48;

    /// <summary>The length of the whole frame, including this head.</summary>
    public int Length;

    public RequestKind Kind;
    public byte Slot;
    public short Reserved;
    public long Attempt;
    public long MaxHeapBytes;
    public long MaxResidentBytes;

    /// <summary>The largest file that it may write; <see cref="long.MaxValue"/> for no limit of its own.</summary>
    public long MaxFileBytes;

    /// <summary>How many processes it may have at the same time; <see cref="int.MaxValue"/> for no limit.</summary>
    public int MaxProcesses;

    public int SecondReserved;
}
