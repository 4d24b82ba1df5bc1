using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>The capabilities of this thread and of what it starts from then on.</summary>
internal static unsafe class Capabilities
{
    /// <summary>With it, root can map itself into a user namespace; it opens no files.</summary>
    public const int SetFileCapabilities = 31;

    private const uint Version = 0x20080522;

    /// <summary>
    /// Drops the capabilities that a program of root or one with file capabilities could regain. Without privileges there is nothing to
    /// drop, and no right to do so.
    /// </summary>
    /// <param name="kept">A capability that stays; <see langword="null"/> for none.</param>
    public static void DropBounding(int? kept = null)
    {
        for (nuint capability = 0; PrCtl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        {
            if ((int)capability != kept && PrCtl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
                return;
        }
    }

    /// <summary>Drops those that this thread has.</summary>
    /// <param name="kept">A capability that stays; <see langword="null"/> for none.</param>
    /// <returns><see langword="false"/>, with the error left for the caller, if the kernel refuses.</returns>
    public static bool Drop(int? kept = null)
    {
        _ = PrCtl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        var mask = kept is { } one ? 1u << one : 0;
        var header = stackalloc uint[2] { Version, 0 };
        var sets = stackalloc uint[6] { mask, mask, 0, 0, 0, 0 };
        return SysCall(SystemCallNumbers.CapSet, (nint)header, (nint)sets, 0, 0) == 0;
    }
}
