using Handler.Functions;
using Handler.Platform;
using Handler.Wire;

namespace Handler;

/// <summary>
/// Sends the worker's responses to its parent. Small responses collect in the shared page and several go out in one write. The page
/// outlives the worker, so they are not lost if the next job crashes it before they are written.
/// </summary>
internal sealed unsafe class ResponseStream(SharedPage* page)
{
    private readonly Lock gate = new();
    private int pending;

    /// <summary>Adds a response. The next <see cref="Flush"/> sends it; it is sent immediately if the page has no room for it.</summary>
    public void Append(ResponseHead head, ResultBuffer body)
    {
        head.Length = checked(ResponseHead.Size + (int)body.Written);
        lock (gate)
        {
            if (head.Length > SharedPage.ResponsesCapacity - pending)
                FlushLocked();
            if (head.Length > SharedPage.ResponsesCapacity)
            {
                WriteDirectly(head, body);
                return;
            }

            var at = SharedPage.Responses(page) + pending;
            *(ResponseHead*)at = head;
            body.CopyTo(new Span<byte>(at + ResponseHead.Size, (int)body.Written));
            pending += head.Length;
            Volatile.Write(ref page->Published, page->Published + head.Length);
        }
    }

    /// <summary>Writes the responses that were added.</summary>
    public void Flush()
    {
        lock (gate)
            FlushLocked();
    }

    /// <summary>
    /// Writes the responses that were added, unless the main thread is writing them. For the guard's thread, which must not wait.
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
        WriteOrExit(SharedPage.Responses(page), pending);
        pending = 0;
        Volatile.Write(ref page->ResponsesBase, page->Published);
    }

    private void WriteDirectly(ResponseHead head, ResultBuffer body)
    {
        WriteOrExit((byte*)&head, ResponseHead.Size);
        foreach (var piece in body)
        {
            fixed (byte* bytes = piece)
                WriteOrExit(bytes, piece.Length);
        }

        page->Published += head.Length;
        Volatile.Write(ref page->ResponsesBase, page->Published);
    }

    private static void WriteOrExit(byte* bytes, int count)
    {
        if (!Descriptor.WriteAll(WorkerDescriptors.Responses, bytes, count))
            LibC.ExitNow(WorkerExitCodes.ChannelLost);
    }
}
