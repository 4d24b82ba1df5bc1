using System.Runtime.InteropServices;

namespace Handler.Wire;

/// <summary>The head of a frame from a worker: 72 bytes, little-endian, followed by the body.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
internal struct ResponseHead
{
    public const int Size = 72;

    /// <summary>The length of the whole frame, including this head.</summary>
    public int Length;

    public ResponseKind Kind;
    public byte Slot;
    public short Reserved;
    public long Attempt;

    /// <summary>When the worker took the job, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</summary>
    public long StartedAt;

    public long RunNanoseconds;
    public long CpuNanoseconds;
    public long PeakManaged;
    public long PeakResident;

    /// <summary>The CPU time of the processes that the job has started and waited for.</summary>
    public long StartedCpuNanoseconds;

    public long PeakProcesses;
}
