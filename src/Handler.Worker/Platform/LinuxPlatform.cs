using System.Diagnostics;
using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>Linux 5.3 or later (process descriptors), x64 or arm64, glibc or musl.</summary>
internal sealed unsafe class LinuxPlatform : IPlatform
{
    internal const int SysPidFdOpen = 434; // the same number on every architecture

    public string? WhyUnsupported()
    {
        if (!OperatingSystem.IsLinux())
            return $"Handler runs on Linux only; this is {RuntimeInformation.OSDescription}.";
        if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
            return $"Handler runs on x64 and arm64 only; this is {RuntimeInformation.ProcessArchitecture}.";
        var fd = (int)SysCall(SysPidFdOpen, Environment.ProcessId, 0, 0, 0);
        if (fd < 0)
            return $"Handler needs Linux 5.3 or later: this kernel ({Environment.OSVersion.Version}) has no process descriptors ({LastError()}).";
        _ = Close(fd);
        return null;
    }

    private ControlGroups? groups;
    private int groupNumber;

    public ControlGroups OpenControlGroups(ControlGroupMode mode)
    {
        var found = ControlGroups.OfThisProcess();
        if (mode != ControlGroupMode.Off)
            found.Open(allowVersion1: mode == ControlGroupMode.Required);
        if (found.Directory is not null)
            groups = found;
        return found;
    }

    public IWorkerProcess Start(WorkerCommand command)
        => new LinuxWorkerProcess(command, groups?.New(Interlocked.Increment(ref groupNumber)));

    public ISessions OpenSessions() => new LinuxSessions();

    public IAlarm CreateAlarm() => new Alarm();

    private sealed class Alarm : IAlarm
    {
        private readonly int bell = EventFd(0, O_CLOEXEC | O_NONBLOCK);

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

        public void Ring()
        {
            ulong one = 1;
            _ = Write(bell, &one, sizeof(ulong));
        }

        public void Dispose() => _ = Close(bell);
    }
}
