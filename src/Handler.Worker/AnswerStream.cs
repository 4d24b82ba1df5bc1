using System.Runtime.InteropServices;
using Handler.Platform;
using Handler.Wire;

namespace Handler;

/// <summary>
/// The worker's way back to its parent. Small answers collect in the shared page and go out several in one write; there they survive
/// the worker, should the next job crash it before they are written.
/// </summary>
internal sealed unsafe class AnswerStream(SharedPage* page)
{
    private readonly Lock gate = new();
    private int pending;

    /// <summary>Adds an answer; it goes out with the next <see cref="Flush"/>, at once when there is no room for it.</summary>
    public void Append(AnswerHead head, ReadOnlySpan<byte> body)
    {
        head.Length = AnswerHead.Size + body.Length;
        lock (gate)
        {
            if (head.Length > SharedPage.AnswersCapacity - pending)
                FlushLocked();
            if (head.Length > SharedPage.AnswersCapacity)
            {
                WriteDirectly(head, body);
                return;
            }

            var at = SharedPage.Answers(page) + pending;
            *(AnswerHead*)at = head;
            body.CopyTo(new Span<byte>(at + AnswerHead.Size, body.Length));
            pending += head.Length;
            Volatile.Write(ref page->Published, page->Published + head.Length);
        }
    }

    /// <summary>Writes what was added.</summary>
    public void Flush()
    {
        lock (gate)
            FlushLocked();
    }

    /// <summary>Writes what was added, unless the main thread is at it. For the guard's thread, whose job is not to wait.</summary>
    public void FlushIfFree()
    {
        if (Volatile.Read(ref pending) == 0 || !gate.TryEnter())
            return;
        try
        {
            FlushLocked();
        }
        finally
        {
            gate.Exit();
        }
    }

    private void FlushLocked()
    {
        if (pending == 0)
            return;
        if (!Descriptor.WriteAll(WorkerDescriptors.Answers, SharedPage.Answers(page), pending))
            LibC.ExitNow(WorkerExitCodes.ChannelLost);
        pending = 0;
        Volatile.Write(ref page->AnswersBase, page->Published);
    }

    private void WriteDirectly(AnswerHead head, ReadOnlySpan<byte> body)
    {
        fixed (byte* bytes = body)
        {
            if (!Descriptor.WriteAll(WorkerDescriptors.Answers, (byte*)&head, AnswerHead.Size)
                || !Descriptor.WriteAll(WorkerDescriptors.Answers, bytes, body.Length))
            {
                LibC.ExitNow(WorkerExitCodes.ChannelLost);
            }
        }

        page->Published += head.Length;
        Volatile.Write(ref page->AnswersBase, page->Published);
    }
}
