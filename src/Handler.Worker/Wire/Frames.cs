using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>The kind of a frame from the parent.</summary>
internal enum RequestKind : byte
{
    Setup = 1,
    Job = 2,
}

/// <summary>The kind of a frame from a worker.</summary>
internal enum AnswerKind : byte
{
    /// <summary>The worker is ready for jobs.</summary>
    Ready = 1,

    /// <summary>The function returned; the body is its result.</summary>
    Value = 2,

    /// <summary>
    /// The function threw, or could not be run, or its result could not be written; the body is a <see cref="FailureBody"/>.
    /// </summary>
    Failure = 3,

    /// <summary>The worker must be replaced and accepts no further jobs; the body is the reason as UTF-8.</summary>
    Retire = 4,
}

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

/// <summary>The head of a frame from a worker: 56 bytes, little-endian, followed by the body.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
internal struct AnswerHead
{
    public const int Size = 56;

    /// <summary>The length of the whole frame, including this head.</summary>
    public int Length;

    public AnswerKind Kind;
    public byte Slot;
    public short Reserved;
    public long Attempt;

    /// <summary>When the worker took the job, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</summary>
    public long StartedAt;

    public long RunNanoseconds;
    public long CpuNanoseconds;
    public long PeakManaged;
    public long PeakResident;
}
