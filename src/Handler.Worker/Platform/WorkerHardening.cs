using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>What a worker gives up before its first job.</summary>
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
        if (setup.Niceness > 0 && SetPriority(PRIO_PROCESS, 0, setup.Niceness) != 0)
            return $"Hardening.Niceness = {setup.Niceness} failed: {LastError()}";
        if (setup.UserId >= 0 && (SetGroups(0, null) != 0 || SetGid((uint)setup.UserId) != 0 || SetUid((uint)setup.UserId) != 0))
            return $"Hardening.UserId = {setup.UserId} failed: {LastError()}; it needs root or CAP_SETUID and CAP_SETGID";
        if ((setup.NoNewPrivileges || setup.DenyNetwork || setup.DenyProcesses) && PrCtl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            return $"Hardening.NoNewPrivileges failed: {LastError()}";
        if ((setup.DenyNetwork || setup.DenyProcesses) && !SystemCallFilter.Install(setup.DenyNetwork, setup.DenyProcesses))
            return $"Hardening.DenyNetwork/DenyProcesses: the kernel refused the seccomp filter: {LastError()}";
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
