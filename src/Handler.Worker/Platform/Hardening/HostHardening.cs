using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>Rights that a host gives up so that jobs cannot reach it.</summary>
internal static class HostHardening
{
    /// <summary>Prevents other processes of this user from reading this process's memory or environment, and from tracing it.</summary>
    /// <exception cref="PlatformNotSupportedException">The kernel refused.</exception>
    public static void Protect()
    {
        if (PrCtl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
            throw new PlatformNotSupportedException($"HandlerOptions.Hardening.ProtectHost failed: {LastError()}.");
    }
}
