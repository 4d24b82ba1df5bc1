using Handler.Platform;
using Handler.Wire;

namespace Handler;

/// <summary>
/// Sends the worker's answers to its parent. Small answers collect in the shared page and several go out in one write. The page outlives
/// the worker, so they are not lost if the next job crashes it before they are written.
/// </summary>
internal sealed unsafe class AnswerStream(SharedPage* page)
{
    private readonly Lock gate = new();
    private int pending;

    /// <summary>Adds an answer. The next <see cref="Flush"/> sends it; it is sent immediately if the page has no room for it.</summary>
    public void Append(AnswerHead head, ResultBuffer body)
    {
        head.Length = checked(AnswerHead.Size + (int)body.Written);
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
            body.CopyTo(new Span<byte>(at + AnswerHead.Size, (int)body.Written));
            pending += head.Length;
            Volatile.Write(ref page->Published, page->Published + head.Length);
        }
    }

    /// <summary>Writes the answers that were added.</summary>
    public void Flush()
    {
        lock (gate)
            FlushLocked();
    }

    /// <summary>
    /// Writes the answers that were added, unless the main thread is writing them. For the guard's thread, which must not wait.
    /// </summary>
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
        WriteOrExit(SharedPage.Answers(page), pending);
        pending = 0;
        Volatile.Write(ref page->AnswersBase, page->Published);
    }

    private void WriteDirectly(AnswerHead head, ResultBuffer body)
    {
        WriteOrExit((byte*)&head, AnswerHead.Size);
        foreach (var piece in body)
        {
            fixed (byte* bytes = piece)
                WriteOrExit(bytes, piece.Length);
        }

        page->Published += head.Length;
        Volatile.Write(ref page->AnswersBase, page->Published);
    }

    private static void WriteOrExit(byte* bytes, int count)
    {
        if (!Descriptor.WriteAll(WorkerDescriptors.Answers, bytes, count))
            LibC.ExitNow(WorkerExitCodes.ChannelLost);
    }
}
