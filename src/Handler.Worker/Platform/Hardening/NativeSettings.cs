using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// State of a process that native code can change and that can be restored: the flags of its standard streams and of the worker's own
/// descriptors, and the name of its main thread. Created before the first job. A check takes some microseconds.
/// </summary>
internal sealed unsafe class NativeSettings
{
    private const int NameBytes = 16;

    private readonly int[] flags = new int[WorkerDescriptors.End];
    private readonly int[] descriptorFlags = new int[WorkerDescriptors.End];
    private readonly byte[] name = new byte[NameBytes];

    public NativeSettings()
    {
        for (var fd = 0; fd < WorkerDescriptors.End; fd++)
        {
            flags[fd] = Fcntl(fd, F_GETFL, 0);
            descriptorFlags[fd] = Fcntl(fd, F_GETFD, 0);
        }

        fixed (byte* to = name)
            _ = PrCtl(PR_GET_NAME, (nuint)to, 0, 0, 0);
    }

    /// <summary>A closed descriptor is not restored; <see cref="NativeState"/> detects it.</summary>
    public void Restore()
    {
        for (var fd = 0; fd < WorkerDescriptors.End; fd++)
        {
            if (Fcntl(fd, F_GETFL, 0) is var now && now >= 0 && now != flags[fd])
                _ = Fcntl(fd, F_SETFL, flags[fd]);
            if (Fcntl(fd, F_GETFD, 0) is var inherits && inherits >= 0 && inherits != descriptorFlags[fd])
                _ = Fcntl(fd, F_SETFD, descriptorFlags[fd]);
        }

        var present = stackalloc byte[NameBytes];
        if (PrCtl(PR_GET_NAME, (nuint)present, 0, 0, 0) == 0 && !name.AsSpan().SequenceEqual(new ReadOnlySpan<byte>(present, NameBytes)))
        {
            fixed (byte* to = name)
                _ = PrCtl(PR_SET_NAME, (nuint)to, 0, 0, 0);
        }
    }
}
