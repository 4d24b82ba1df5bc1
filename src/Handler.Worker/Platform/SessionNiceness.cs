using System.Diagnostics;
using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The niceness of the worker's session. Where the kernel groups processes by session (autogroup, see sched(7)) the processor is first shared between sessions, and a
/// process's own niceness counts only within its own; each worker has one, so without this it gets as much as its host. Where the kernel groups them otherwise there
/// is nothing to set.
/// </summary>
/// <param name="niceness">From 1 to 19.</param>
internal sealed unsafe class SessionNiceness(int niceness)
{
    /// <summary>The kernel lets one process of all that have no privileges set it in 100 ms, and refuses the others. In Stopwatch ticks (ns).</summary>
    private const long TryAgainAfter = 110_000_000;

    private readonly byte[] text = niceness < 10 ? [(byte)('0' + niceness)] : [(byte)('0' + (niceness / 10)), (byte)('0' + (niceness % 10))];
    private long due = long.MinValue;

    /// <summary>Sets it, unless that was done or refused for good, or was tried a moment ago.</summary>
    public void TrySet()
    {
        if (due == long.MaxValue)
            return;
        var now = Stopwatch.GetTimestamp();
        if (now >= due)
            due = Set() == EAGAIN ? now + TryAgainAfter : long.MaxValue;
    }

    /// <returns>The error, or 0.</returns>
    private int Set()
    {
        fixed (byte* path = "/proc/self/autogroup\0"u8)
        fixed (byte* bytes = text)
        {
            var file = Open(path, O_RDWR | O_CLOEXEC);
            if (file < 0)
                return Marshal.GetLastPInvokeError();
            var error = Descriptor.WriteAll(file, bytes, text.Length) ? 0 : Marshal.GetLastPInvokeError();
            _ = Close(file);
            return error;
        }
    }
}
