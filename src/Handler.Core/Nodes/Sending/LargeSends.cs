using System.Buffers;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Nodes;

/// <summary>
/// Sends requests that are too large for one write, on a thread of the node. A worker may read slowly or be stuck, so the thread never
/// waits for a particular worker: it continues with any worker that has room.
/// </summary>
internal sealed class LargeSends
{
    private readonly IPlatform platform;
    private readonly IRoomWatch room;
    private readonly Action<Exception> failed;
    private readonly List<Sending> added = [];
    private bool started;
    private bool stopping;

    /// <param name="platform">Starts the thread.</param>
    /// <param name="failed">Receives exceptions. Must not throw.</param>
    /// <exception cref="IOException">The operating system refused a resource.</exception>
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

    /// <summary>Ends the thread. Requests that it has not sent belong to workers that have ended.</summary>
    public void End()
    {
        lock (added)
            stopping = true;
        room.Ring();
        if (!started)
            room.Dispose();
    }

    /// <summary>Sends a job's request to a worker that has no other job.</summary>
    public void Send(IWorkerProcess process, Job job)
    {
        job.SentAfter = process.SentBytes; // nothing else is sent to a worker that has no other job
        var sending = new Sending(process, job);
        if (sending.Length <= Tuning.Threads.SentByCaller && sending.Advance())
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
            return !stopping;
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
            return true; // the worker never starts the job, and is killed for that
        }
    }

    /// <summary>One request that is being sent.</summary>
    private sealed class Sending(IWorkerProcess process, Job job)
    {
        private int sent;

        public IWorkerProcess Process => process;

        public int Length { get; } = RequestFrame.LengthOf(job);

        /// <summary>Sends as much as there is room for.</summary>
        /// <returns>Whether all is sent, or the worker is gone.</returns>
        public bool Advance()
        {
            for (var start = sent; sent < Length && sent - start < Tuning.Threads.SendTurn;)
            {
                var count = sent < Tuning.Threads.SentByCaller
                    ? SendBeginning()
                    : process.SendSome(job.Call.Span[(sent - RequestHead.Size)..]);
                if (count <= 0)
                    return count < 0;
                sent += count;
            }

            return sent == Length;
        }

        /// <summary>Sends the head and the data after it in one write, because each write wakes the worker.</summary>
        private int SendBeginning()
        {
            var frame = ArrayPool<byte>.Shared.Rent(Tuning.Threads.SentByCaller);
            try
            {
                RequestFrame.Write(job, frame.AsSpan(0, Tuning.Threads.SentByCaller));
                return process.SendSome(frame.AsSpan(sent..Math.Min(Tuning.Threads.SentByCaller, Length)));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(frame);
            }
        }
    }
}
