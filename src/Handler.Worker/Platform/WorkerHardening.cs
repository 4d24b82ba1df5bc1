using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>What a worker gives up before its first job. Its user and its capabilities are gone already: see <see cref="LaunchThread"/>.</summary>
internal static unsafe class WorkerHardening
{
    /// <returns>What could not be done, or <see langword="null"/>.</returns>
    public static string? Apply(WorkerSetup setup)
    {
        var noCore = default(RLimit);
        if (SetRLimit(RLIMIT_CORE, &noCore) != 0)
            return $"turning core dumps off failed: {LastError()}";
        if (!TryLower(RLIMIT_FSIZE, (ulong)setup.MaxFileBytes))
            return $"Hardening.MaxFileBytes = {setup.MaxFileBytes} failed: {LastError()}";
        if (!TryLower(RLIMIT_NOFILE, (ulong)setup.MaxOpenFiles))
            return $"Hardening.MaxOpenFiles = {setup.MaxOpenFiles} failed: {LastError()}";
        if ((setup.DenyNetwork || setup.DenyProcesses) && !SystemCallFilter.Install(setup.DenyNetwork, setup.DenyProcesses))
            return $"Hardening.DenyNetwork/DenyProcesses: the kernel refused the seccomp filter: {LastError()}";

        // Processes whose parent ends become children of the worker: what a job leaves behind is seen, and is no zombie of the host.
        if (PrCtl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
            return $"making the worker the parent of what its jobs leave behind failed: {LastError()}";

        // Other processes of this user, and other workers' jobs are such, may not read its memory or its environment, nor trace it.
        if (PrCtl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
            return $"turning dumps off failed: {LastError()}";
        return null;
    }

    /// <summary>Lowers a limit for good, where it is higher.</summary>
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
