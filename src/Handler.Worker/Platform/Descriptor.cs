using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>Whole reads and writes on descriptors, with interrupted calls taken up again.</summary>
internal static unsafe class Descriptor
{
    /// <summary>Reads what there is, waiting for the first byte. 0 at the end of the stream, -1 with the error left for the caller.</summary>
    public static int Read(int fd, byte* buffer, int count)
    {
        while (true)
        {
            var got = (int)LibC.Read(fd, buffer, count);
            if (got >= 0 || Marshal.GetLastPInvokeError() != EINTR)
                return got;
        }
    }

    /// <summary>Writes all of it; <see langword="false"/> when the other end is gone.</summary>
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
