using System.Runtime.InteropServices;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>Writes requests as frames.</summary>
internal static class RequestFrame
{
    public static int LengthOf(Job job) => RequestHead.Size + job.Call.Length;

    /// <summary>Writes a job's request, or as much of it as fits.</summary>
    /// <returns>The length of the whole request.</returns>
    public static int Write(Job job, Span<byte> buffer)
    {
        var head = new RequestHead
        {
            Length = LengthOf(job),
            Kind = RequestKind.Job,
            Slot = (byte)job.Slot,
            Attempt = job.Attempt,
            MaxHeapBytes = job.Limits.MaxHeapBytes,
            MaxResidentBytes = job.Limits.EffectiveResidentBytes,
            MaxFileBytes = job.Limits.MaxFileBytes ?? long.MaxValue,
            MaxProcesses = job.Limits.MaxProcesses ?? int.MaxValue,
        };
        MemoryMarshal.Write(buffer, head);
        var room = buffer[RequestHead.Size..];
        job.Call.Span[..Math.Min(room.Length, job.Call.Length)].CopyTo(room);
        return head.Length;
    }

    /// <summary>Creates the setup request, which is sent before all jobs.</summary>
    public static byte[] Setup(byte[] body)
    {
        var frame = new byte[RequestHead.Size + body.Length];
        MemoryMarshal.Write(frame, new RequestHead { Length = frame.Length, Kind = RequestKind.Setup });
        body.CopyTo(frame.AsSpan(RequestHead.Size));
        return frame;
    }
}
