using System.Buffers;
using System.Runtime.InteropServices;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Workers;

/// <summary>Writes requests as frames.</summary>
internal static class RequestFrame
{
    public static int LengthOf(Job job) => RequestHead.Size + job.Call.Length;

    /// <summary>Writes a job's request.</summary>
    /// <returns>Its length.</returns>
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
        };
        MemoryMarshal.Write(buffer, head);
        job.Call.Span.CopyTo(buffer[RequestHead.Size..]);
        return head.Length;
    }

    /// <summary>The request that comes before all jobs.</summary>
    public static byte[] Setup(byte[] body)
    {
        var frame = new byte[RequestHead.Size + body.Length];
        MemoryMarshal.Write(frame, new RequestHead { Length = frame.Length, Kind = RequestKind.Setup });
        body.CopyTo(frame.AsSpan(RequestHead.Size));
        return frame;
    }

    /// <summary>
    /// Sends one job to a worker that waits for it. A large one takes as long as the worker takes to read it, and the worker may be
    /// stuck: that is for a pool thread to wait for.
    /// </summary>
    public static void Send(IWorkerProcess process, Job job)
    {
        var length = LengthOf(job);
        if (length > Worker.MaxSharedBytes)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static each => SendLarge(each.process, each.job), (process, job), preferLocal: false);
            return;
        }

        Span<byte> frame = stackalloc byte[length];
        Write(job, frame);
        job.SentAfter = process.SentBytes;
        process.Send(frame);
    }

    private static void SendLarge(IWorkerProcess process, Job job)
    {
        var length = LengthOf(job);
        var frame = ArrayPool<byte>.Shared.Rent(length);
        Write(job, frame);
        job.SentAfter = process.SentBytes;
        process.Send(frame.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(frame);
    }
}
