using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>What a host gives up so that jobs cannot reach it.</summary>
internal static class HostHardening
{
    /// <summary>Other processes of this user may not read this one's memory or environment, nor trace it.</summary>
    /// <exception cref="PlatformNotSupportedException">The kernel refused.</exception>
    public static void Protect()
    {
        if (PrCtl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
            throw new PlatformNotSupportedException($"HandlerOptions.Hardening.ProtectHost failed: {LastError()}.");
    }
}
