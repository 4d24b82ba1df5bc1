using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Rights that a worker gives up before its first job. It has already lost its user and its capabilities: see <see cref="LaunchThread"/>.
/// </summary>
internal static unsafe class WorkerHardening
{
    /// <returns>A text that says what failed, or <see langword="null"/>.</returns>
    public static string? Apply(WorkerSetup setup)
    {
        var noCore = default(RLimit);
        if (SetRLimit(RLIMIT_CORE, &noCore) != 0)
            return $"turning core dumps off failed: {LastError()}";
        if (!TryLower(RLIMIT_FSIZE, (ulong)setup.MaxFileBytes))
            return $"Hardening.MaxFileBytes = {setup.MaxFileBytes} failed: {LastError()}";
        if (!TryLower(RLIMIT_NOFILE, (ulong)setup.MaxOpenFiles))
            return $"Hardening.MaxOpenFiles = {setup.MaxOpenFiles} failed: {LastError()}";
        var denied = (DeniedCalls)setup.DeniedCalls;
        if (denied != DeniedCalls.None && !SystemCallFilter.Install(denied))
            return $"Hardening denies system calls ({denied}), and the kernel refused the seccomp filter: {LastError()}";

        // Orphaned processes become children of the worker. The processes that a job leaves behind are therefore noticed and do not become
        // zombies of the host.
        if (PrCtl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
            return $"making the worker the parent of what its jobs leave behind failed: {LastError()}";

        // Other processes of this user, which include other workers' jobs, may not read its memory or its environment, nor trace it.
        if (PrCtl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
            return $"turning dumps off failed: {LastError()}";
        return null;
    }

    /// <summary>Lowers a limit permanently if it is higher.</summary>
    private static bool TryLower(int resource, ulong value)
    {
        RLimit limit;
        if (GetRLimit(resource, &limit) != 0)
            return false;
        limit.Hard = Math.Min(limit.Hard, value);
        limit.Soft = Math.Min(limit.Soft, limit.Hard);
        return SetRLimit(resource, &limit) == 0;
    }
}
