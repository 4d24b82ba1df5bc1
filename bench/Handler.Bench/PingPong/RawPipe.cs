using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Handler.Bench.PingPong;

/// <summary>
/// Blocking read(2) and write(2) on a pipe's descriptor, as in the handler's channel. A stream in between would make the ping-pong slower
/// than the channel for which it is the baseline.
/// </summary>
internal static unsafe partial class RawPipe
{
    private const int InterruptedBySignal = 4;

    /// <summary>Reads the available bytes, at least one; returns 0 if the other end is closed.</summary>
    public static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var count = ReadSome(descriptor, start, (nuint)buffer.Length);
                if (count >= 0)
                    return (int)count;
                ThrowUnlessInterrupted();
            }
        }
    }

    /// <summary>Writes all bytes.</summary>
    public static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var written = 0; written < bytes.Length;)
            {
                var count = WriteSome(descriptor, start + written, (nuint)(bytes.Length - written));
                if (count >= 0)
                    written += (int)count;
                else
                    ThrowUnlessInterrupted();
            }
        }
    }

    private static void ThrowUnlessInterrupted()
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != InterruptedBySignal)
            throw new Win32Exception(error);
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadSome(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteSome(int descriptor, byte* buffer, nuint count);
}
