using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The niceness of the worker's session. If the kernel groups processes by session (autogroup, see sched(7)), the processor is first shared
/// between sessions, and a process's own niceness counts only within its session. Each worker has its own session, so without this setting
/// it gets as much CPU time as its host. If the kernel groups processes differently, there is nothing to set. The parent sets it at
/// the start if it has the privileges; a worker has none and must retry.
/// </summary>
/// <param name="niceness">From 1 to 19.</param>
/// <param name="process">A process of the session, by its id.</param>
internal sealed unsafe class SessionNiceness(int niceness, string process = "self") : IDisposable
{
    private readonly byte[] text = TextOf(niceness);

    /// <summary>Opened before the worker is made undumpable, because root owns the file from then on.</summary>
    private readonly int file = OpenOf(process);
    private long due = long.MinValue;

    /// <summary>Sets it, unless it was already set, was refused for good, or was tried a moment ago.</summary>
    public void TrySet()
    {
        if (due == long.MaxValue)
            return;
        var now = Stopwatch.GetTimestamp();
        if (now < due)
            return;
        due = Set() == EAGAIN ? now + WorkerTuning.Processes.NicenessInterval : long.MaxValue;
    }

    /// <summary>Closes the file. A worker keeps it: a descriptor that is closed between jobs would count as closed by a job.</summary>
    public void Dispose()
    {
        due = long.MaxValue;
        _ = Close(file);
    }

    /// <returns>The error, or 0.</returns>
    private int Set() => Write(file, text) ? 0 : Marshal.GetLastPInvokeError();

    private static bool Write(int file, byte[] text)
    {
        fixed (byte* bytes = text)
            return Descriptor.WriteAll(file, bytes, text.Length);
    }

    private static byte[] TextOf(int niceness)
        => niceness < 10 ? [(byte)('0' + niceness)] : [(byte)('0' + (niceness / 10)), (byte)('0' + (niceness % 10))];

    private static int OpenOf(string process)
    {
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/{process}/autogroup\0"))
            return Open(path, O_RDWR | O_CLOEXEC);
    }
}
