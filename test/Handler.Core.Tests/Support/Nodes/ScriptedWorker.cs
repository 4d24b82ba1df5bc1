using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Tests;

/// <inheritdoc cref="ScriptedPlatform"/>
internal sealed unsafe class ScriptedWorker(int pid, Action<ScriptedWorker, RequestHead> script) : IWorkerProcess
{
    private readonly object gate = new();
    private readonly MemoryStream responses = new();
    private readonly FrameReader requests = new(RequestHead.Size, 1 << 20);
    private ExitStatus? end;
    private bool hasClosed;
    private long taken;

    public int Pid => pid;

    public SharedPage* Page { get; } = (SharedPage*)NativeMemory.AllocZeroed(SharedPage.Size);

    /// <summary>The attempts that were sent to it so far.</summary>
    public ImmutableList<long> Sent { get; private set; } = [];

    /// <summary>How often it was killed.</summary>
    public int Kills { get; private set; }

    public bool ExitWasRead { get; private set; }

    /// <summary>The environment with which it was started.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Whether it has an offered job that neither it nor the node has claimed yet.</summary>
    public bool IsOffered(long attempt)
    {
        for (var slot = 0; slot < SharedPage.Slots; slot++)
        {
            if (Volatile.Read(ref Page->Claims[slot]) == SharedPage.OfferOf(attempt))
                return true;
        }

        return false;
    }

    /// <summary>Claims a job as a worker does; <see langword="false"/> if the node took it back.</summary>
    public bool Claim(in RequestHead head)
    {
        var offer = SharedPage.OfferOf(head.Attempt);
        return Interlocked.CompareExchange(ref Page->Claims[head.Slot], System.Diagnostics.Stopwatch.GetTimestamp(), offer) == offer;
    }

    /// <summary>Writes a response.</summary>
    public void Respond(
        ResponseKind kind,
        in RequestHead request,
        ReadOnlySpan<byte> body,
        int? slot = null,
        long? attempt = null,
        long ran = 1000,
        long cpu = 0,
        long peak = 0,
        long? startedAt = null,
        long startedCpu = 0,
        long processes = 0)
    {
        var head = new ResponseHead
        {
            Length = ResponseHead.Size + body.Length,
            Kind = kind,
            Slot = (byte)(slot ?? request.Slot),
            Attempt = attempt ?? request.Attempt,
            StartedAt = startedAt ?? System.Diagnostics.Stopwatch.GetTimestamp(),
            RunNanoseconds = ran,
            CpuNanoseconds = cpu,
            PeakManaged = peak,
            PeakResident = peak,
            StartedCpuNanoseconds = startedCpu,
            PeakProcesses = processes,
        };
        Write([.. MemoryMarshal.AsBytes(new ReadOnlySpan<ResponseHead>(in head)), .. body]);
    }

    /// <summary>Writes arbitrary bytes where its responses go.</summary>
    public void Write(byte[] bytes)
    {
        lock (gate)
        {
            responses.Write(bytes);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Exits, as a process does.</summary>
    public void End(int? code, int? signal = null)
    {
        lock (gate)
        {
            end ??= new ExitStatus(code, signal, 0);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Closes the pipe of its responses, and runs on.</summary>
    public void ClosePipe()
    {
        lock (gate)
        {
            hasClosed = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>How long <see cref="Wait"/> waits before it throws.</summary>
    public TimeSpan Patience { get; set; } = Timeout.InfiniteTimeSpan;

    public WorkerEvents Wait()
    {
        lock (gate)
        {
            while (Look() == WorkerEvents.None)
            {
                if (!Monitor.Wait(gate, Patience))
                    throw new TimeoutException($"The worker has done nothing for {Patience.TotalSeconds} s.");
            }

            return Look();
        }
    }

    public WorkerEvents Look()
    {
        lock (gate)
        {
            var events = (responses.Length > taken ? WorkerEvents.Responses : 0) | (end is null ? 0 : WorkerEvents.Exited);
            return events == WorkerEvents.None && hasClosed ? WorkerEvents.Closed : events;
        }
    }

    public int Receive(Span<byte> buffer)
    {
        lock (gate)
        {
            var count = (int)Math.Min(buffer.Length, responses.Length - taken);
            responses.GetBuffer().AsSpan((int)taken, count).CopyTo(buffer);
            taken += count;
            return count;
        }
    }

    /// <summary>Reads what it has written to a stream, given the size of the buffer.</summary>
    public Func<OutputStream, int, byte[]> Output { get; set; } = static (_, _) => [];

    public int ReadOutput(OutputStream stream, Span<byte> buffer)
    {
        var read = Output(stream, buffer.Length);
        read.CopyTo(buffer);
        return read.Length;
    }

    public bool Send(ReadOnlySpan<byte> frames)
    {
        var heads = new List<RequestHead>();
        lock (gate)
        {
            if (end is not null)
                return false;
            frames.CopyTo(requests.Free());
            requests.Advance(frames.Length);
            while (requests.TryRead(out var frame))
                heads.Add(MemoryMarshal.Read<RequestHead>(frame));
            Sent = Sent.AddRange(heads.Where(head => head.Kind == RequestKind.Job).Select(head => head.Attempt));
        }

        foreach (var head in heads)
            script(this, head);
        return true;
    }

    /// <summary>Whether <see cref="SendSome"/> finds room.</summary>
    public bool HasRoom { get; set; } = true;

    public int SendSome(ReadOnlySpan<byte> bytes)
    {
        if (!HasRoom)
            return 0;
        lock (gate)
            bytes = bytes[..Math.Min(bytes.Length, requests.Free().Length)];
        return Send(bytes) ? bytes.Length : -1;
    }

    public void Kill()
    {
        Kills++;
        End(null, LibC.SIGKILL);
    }

    /// <summary>Its resident memory, in bytes; may throw.</summary>
    public Func<long> Resident { get; set; } = static () => 20 << 20;

    public long UsedMemory(bool withDescriptors = false) => Resident();

    /// <summary>Whether what was sent to it counts as read.</summary>
    public bool Reads { get; set; }

    public long SentBytes => 0;

    public bool MayHaveReadBeyond(long sent) => Reads && sent != long.MaxValue;

    public bool HasResponses()
    {
        lock (gate)
            return responses.Length > taken;
    }

    /// <summary>The CPU time that it has used, in ns.</summary>
    public long Cpu { get; set; }

    public long CpuNanoseconds() => Cpu;

    /// <summary>The CPU time of the processes that it has started and waited for, in ns.</summary>
    public long EndedCpu { get; set; }

    public long EndedCpuNanoseconds() => EndedCpu;

    /// <summary>The processes outside its session, as last noted.</summary>
    public ImmutableList<StartedProcess> Outside { get; private set; } = [];

    public void NoteOutside(List<StartedProcess> processes) => Outside = [.. processes];

    public void TieGroups(List<int> groups)
    {
    }

    public bool IsLimitedByKernel { get; set; }

    public void LimitMemory(long bytes)
    {
    }

    public long? KilledByControlGroup() => null;

    /// <summary>What reading its exit throws; <see langword="null"/> for nothing.</summary>
    public Exception? ReadExitFailure { get; set; }

    public ExitStatus ReadExit()
    {
        ExitWasRead = true;
        return ReadExitFailure is { } failure ? throw failure : end!.Value;
    }

    /// <summary>Whether its node has disposed it.</summary>
    public bool Disposed { get; private set; }

    public void Dispose()
    {
        Disposed = true;

        // The page stays allocated until the test process exits: a test may look at it after this.
    }
}
