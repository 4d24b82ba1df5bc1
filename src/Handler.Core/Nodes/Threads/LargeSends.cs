using System.Buffers;
using Handler.Platform;
using Handler.Wire;
using Handler.Workers;

namespace Handler.Nodes;

/// <summary>
/// Sends what is too large for one write to workers that wait for it, on a thread of the node. A worker takes as long as it likes to read, and may be stuck: the thread goes on with
/// whichever worker has room, and waits for none of them.
/// </summary>
internal sealed class LargeSends
{
    /// <summary>Up to this size a request is sent at once, by whoever brings it, as far as the worker has room; in bytes. A fresh pipe has it.</summary>
    private const int SentAtOnce = 64 << 10;

    /// <summary>How much goes to one worker before it is the next one's turn, in bytes.</summary>
    private const int Turn = 1 << 20;

    private readonly IPlatform platform;
    private readonly IRoomWatch room;
    private readonly Action<Exception> failed;
    private readonly List<Sending> added = [];
    private bool started;
    private bool ending;

    /// <param name="platform">Starts the thread.</param>
    /// <param name="failed">Told of exceptions. Must not throw itself.</param>
    /// <exception cref="IOException">The operating system refused.</exception>
    public LargeSends(IPlatform platform, Action<Exception> failed)
    {
        this.platform = platform;
        this.failed = failed;
        room = platform.CreateRoomWatch();
    }

    /// <exception cref="IOException">The operating system refused the thread.</exception>
    public void Start()
    {
        platform.StartThread("Handler sender", Run);
        started = true;
    }

    /// <summary>Lets the thread end. What it has not sent is for workers that have ended.</summary>
    public void End()
    {
        lock (added)
            ending = true;
        room.Ring();
        if (!started)
            room.Dispose();
    }

    /// <summary>Sends a job's request to a worker that has no other.</summary>
    public void Send(IWorkerProcess process, Job job)
    {
        job.SentAfter = process.SentBytes; // a worker that has no other job is sent nothing else meanwhile
        var sending = new Sending(process, job);
        if (sending.Length <= SentAtOnce && sending.Advance())
            return;
        lock (added)
            added.Add(sending);
        room.Ring();
    }

    private void Run()
    {
        var present = new List<Sending>();
        while (Take(present))
        {
            present.RemoveAll(Advance);
            room.Wait(present.ConvertAll(static each => each.Process));
        }

        room.Dispose();
    }

    private bool Take(List<Sending> present)
    {
        lock (added)
        {
            present.AddRange(added);
            added.Clear();
            return !ending;
        }
    }

    private bool Advance(Sending sending)
    {
        try
        {
            return sending.Advance();
        }
        catch (Exception exception)
        {
            failed(exception);
            return true; // the worker never takes the job up, and is killed for it
        }
    }

    /// <summary>One request on its way.</summary>
    private sealed class Sending(IWorkerProcess process, Job job)
    {
        private int sent;

        public IWorkerProcess Process => process;

        public int Length { get; } = RequestFrame.LengthOf(job);

        /// <summary>Sends what there is room for.</summary>
        /// <returns>Whether that is all, or the worker is gone.</returns>
        public bool Advance()
        {
            for (var start = sent; sent < Length && sent - start < Turn;)
            {
                var count = sent < SentAtOnce ? SendBeginning() : process.SendSome(job.Call.Span[(sent - RequestHead.Size)..]);
                if (count <= 0)
                    return count < 0;
                sent += count;
            }

            return sent == Length;
        }

        /// <summary>The head goes in one write with what follows it: each one wakes the worker.</summary>
        private int SendBeginning()
        {
            var frame = ArrayPool<byte>.Shared.Rent(SentAtOnce);
            try
            {
                RequestFrame.Write(job, frame.AsSpan(0, SentAtOnce));
                return process.SendSome(frame.AsSpan(sent..Math.Min(SentAtOnce, Length)));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(frame);
            }
        }
    }
}
