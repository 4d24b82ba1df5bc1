using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>Complete reads and writes on descriptors; interrupted calls are repeated.</summary>
internal static unsafe class Descriptor
{
    /// <summary>
    /// Reads the available bytes; waits for the first one. Returns 0 at the end of the stream, and -1 after an error, which is left for the
    /// caller.
    /// </summary>
    public static int Read(int fd, byte* buffer, int count)
    {
        while (true)
        {
            var got = (int)LibC.Read(fd, buffer, count);
            if (got >= 0 || Marshal.GetLastPInvokeError() != EINTR)
                return got;
        }
    }

    /// <summary>Writes all bytes; <see langword="false"/> if the other end is gone.</summary>
    public static bool WriteAll(int fd, byte* bytes, int count)
    {
        while (count > 0)
        {
            var put = (int)Write(fd, bytes, count);
            if (put > 0)
            {
                bytes += put;
                count -= put;
            }
            else if (Marshal.GetLastPInvokeError() != EINTR)
            {
                return false;
            }
        }

        return true;
    }
}
