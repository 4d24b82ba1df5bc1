using System.Runtime.InteropServices;

namespace Handler.Bench.Peers.DotNet;

/// <summary>The job of the .NET peers that allocates 1 GiB.</summary>
internal static class AllocatingJob
{
    public const long LimitBytes = 100L << 20;

    private const int AllocatedBytes = 1 << 30;
    private const int ObjectBytes = 8 << 10;
    private const int PageBytes = 4 << 10;

    public static int Run(Allocation allocation) => allocation == Allocation.Objects ? AllocateObjects() : AllocateBuffer();

    private static int AllocateObjects()
    {
        var objects = new List<byte[]>();
        while (objects.Count < AllocatedBytes / ObjectBytes)
            objects.Add(new byte[ObjectBytes]);
        return objects.Count;
    }

    private static unsafe int AllocateBuffer()
    {
        var buffer = (byte*)NativeMemory.Alloc(AllocatedBytes);
        try
        {
            for (var i = 0; i < AllocatedBytes; i += PageBytes)
                buffer[i] = 1;
            return buffer[AllocatedBytes - PageBytes];
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }
}
