using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// What native code can change about a process and what can be put back: the flags of its descriptors and the name of its main thread. Made before the first job. To look takes about ten microseconds.
/// </summary>
internal sealed unsafe class NativeSettings
{
    private const int NameBytes = 16, HighestDescriptor = 1023;

    private readonly int[] flags = new int[WorkerDescriptors.End];
    private readonly HashSet<int> inherited = [];
    private readonly int highest;
    private readonly ProcSelf proc;
    private readonly byte[] name = new byte[NameBytes];

    /// <param name="proc">Counts the descriptors.</param>
    public NativeSettings(ProcSelf proc)
    {
        this.proc = proc;
        for (var fd = 0; fd < flags.Length; fd++)
            flags[fd] = Fcntl(fd, F_GETFL, 0);
        foreach (var fd in ProcEntries.Descriptors() ?? [])
        {
            highest = Math.Max(highest, fd);
            if (Fcntl(fd, F_GETFD, 0) == 0)
                inherited.Add(fd);
        }

        fixed (byte* to = name)
            _ = PrCtl(PR_GET_NAME, (nuint)to, 0, 0, 0);
    }

    /// <summary>A descriptor that is closed is left as it is: <see cref="NativeState"/> and <see cref="Guard.LeftDescriptors"/> see that.</summary>
    public void Restore()
    {
        for (var fd = 0; fd < flags.Length; fd++)
        {
            if (Fcntl(fd, F_GETFL, 0) is var now && now >= 0 && now != flags[fd])
                _ = Fcntl(fd, F_SETFL, flags[fd]);
        }

        // The runtime opens all of its own so that no child inherits them.
        var open = proc.DescriptorCount();
        for (var fd = 0; fd <= highest || (open > 0 && fd <= HighestDescriptor); fd++)
        {
            var now = Fcntl(fd, F_GETFD, 0);
            if (now >= 0)
                open--;
            if (now == 0 && !inherited.Contains(fd))
                _ = Fcntl(fd, F_SETFD, FD_CLOEXEC);
        }

        var present = stackalloc byte[NameBytes];
        if (PrCtl(PR_GET_NAME, (nuint)present, 0, 0, 0) == 0 && !name.AsSpan().SequenceEqual(new ReadOnlySpan<byte>(present, NameBytes)))
        {
            fixed (byte* to = name)
                _ = PrCtl(PR_SET_NAME, (nuint)to, 0, 0, 0);
        }
    }
}
