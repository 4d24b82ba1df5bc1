using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using static Handler.Platform.LibC;
using static Handler.WorkerTuning.Processes;

namespace Handler.Platform;

/// <summary>Linux 5.3 or later (process descriptors), x64 or arm64, glibc or musl.</summary>
internal sealed unsafe class LinuxPlatform : IPlatform
{
    public string? WhyUnsupported()
    {
        if (!OperatingSystem.IsLinux())
            return $"Handler runs on Linux only; this is {RuntimeInformation.OSDescription}.";
        if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
            return $"Handler runs on x64 and arm64 only; this is {RuntimeInformation.ProcessArchitecture}.";
        var fd = (int)SysCall(SystemCallNumbers.PidFdOpen, Environment.ProcessId, 0, 0, 0);
        if (fd < 0)
            return "Handler needs Linux 5.3 or later: "
                + $"this kernel ({Environment.OSVersion.Version}) has no process descriptors ({LastError()}).";
        _ = Close(fd);
        return WhyOtherProcesses(new FileInfo("/proc/self").LinkTarget, Environment.ProcessId);
    }

    /// <summary>
    /// The problem with <c>/proc</c>, from which Handler reads what workers use; <see langword="null"/> if it shows this process.
    /// </summary>
    /// <param name="self">The target of <c>/proc/self</c>; <see langword="null"/> if it does not exist.</param>
    /// <param name="pid">This process's id.</param>
    internal static string? WhyOtherProcesses(string? self, int pid)
    {
        if (self is null)
            return "Handler needs /proc, and none is mounted here (mount -t proc proc /proc).";
        return self == pid.ToString(CultureInfo.InvariantCulture)
            ? null
            : $"Handler needs the /proc of its own process namespace: here this process is {pid}, and /proc says that it is {self}. "
                + "Mount another (unshare --mount-proc, or mount -t proc proc /proc).";
    }

    public string? WhyNotSoMany(int workers, bool inNamespaces) => DescriptorLimit.WhyNotSoMany(workers, inNamespaces);

    private ControlGroups? groups;
    private int groupNumber;
    private readonly WorkersInNamespaces workers = new();

    public ControlGroups OpenControlGroups(ControlGroupMode mode, params IReadOnlyCollection<string> controllers)
    {
        var found = ControlGroups.OfThisProcess();
        if (mode != ControlGroupMode.Off)
            found.Open(allowVersion1: mode == ControlGroupMode.Required, controllers);
        if (found.Directory is not null)
            groups = found;
        return found;
    }

    public IWorkerProcess Start(WorkerCommand command)
        => new LinuxWorkerProcess(
            command,
            command.HasControlGroup ? groups?.New(Interlocked.Increment(ref groupNumber), command.GroupLimits) : null,
            workers);

    public ISessions OpenSessions() => new LinuxSessions(workers);

    public IAlarm CreateAlarm() => new Alarm();

    public IRoomWatch CreateRoomWatch() => new RoomWatch();

    public Thread StartThread(string name, ThreadStart run, ThreadPriority priority)
    {
        var thread = new Thread(run) { IsBackground = true, Name = name, Priority = priority };
        try
        {
            thread.UnsafeStart();
            return thread;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // The runtime throws OutOfMemoryException whatever the cause.
            throw new IOException(
                $"The operating system refused the thread \"{name}\". "
                    + (
                        DescriptorLimit.WhyNone()
                        ?? "The limit that was reached may be pids.max of the cgroup (TasksMax in systemd, --pids-limit in Docker), "
                            + "the number of processes of the user (ulimit -u), or memory."),
                exception);
        }
    }

    private static int NewBell(string what)
        => EventFd(0, O_CLOEXEC | O_NONBLOCK) is var bell and >= 0
            ? bell
            : throw new IOException($"Making {what} of the node failed: {LastError()}.");

    private static void RingBell(int bell)
    {
        ulong one = 1;
        _ = Write(bell, &one, sizeof(ulong));
    }

    private sealed class RoomWatch : IRoomWatch
    {
        private readonly Lock life = new();
        private readonly int bell = NewBell("the bell of the sender");
        private bool closed;

        public void Wait(IReadOnlyList<IWorkerProcess> full)
        {
            var polls = new PollFd[full.Count + 1];
            polls[0] = new PollFd { Fd = bell, Events = POLLIN };
            for (var i = 0; i < full.Count; i++)
                polls[i + 1] = new PollFd
                {
                    Fd = full[i] is LinuxWorkerProcess process ? process.RequestsDescriptor : -1,
                    Events = POLLOUT,
                };
            fixed (PollFd* first = polls)
            {
                if (Poll(first, (nuint)polls.Length, full.Count == 0 ? -1 : RoomWait) <= 0 || polls[0].Revents == 0)
                    return;
            }

            ulong count;
            _ = Read(bell, &count, sizeof(ulong));
        }

        public void Ring()
        {
            lock (life)
            {
                if (!closed)
                    RingBell(bell);
            }
        }

        public void Dispose()
        {
            lock (life)
            {
                closed = true;
                _ = Close(bell);
            }
        }
    }

    private sealed class Alarm : IAlarm
    {
        private readonly int bell = NewBell("the alarm of the watchdog");

        public void WaitUntil(long timestamp)
        {
            var left = timestamp - Stopwatch.GetTimestamp();
            if (left <= 0)
                return;
            var poll = new PollFd { Fd = bell, Events = POLLIN };
            var time = TimeSpec.FromNanoseconds(left);
            if (PPoll(&poll, 1, &time, null) > 0)
            {
                ulong count;
                _ = Read(bell, &count, sizeof(ulong));
            }
        }

        public void Ring() => RingBell(bell);

        public void Dispose() => _ = Close(bell);
    }
}
