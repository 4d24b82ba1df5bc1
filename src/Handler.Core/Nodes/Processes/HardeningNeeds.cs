using Handler.Platform;

namespace Handler.Nodes;

/// <summary>What the hardening options need of the machine, and whether this machine has it.</summary>
internal static class HardeningNeeds
{
    /// <summary>Options in which everything is set that needs something of the machine.</summary>
    public static HardeningOptions Everything => new HardeningOptions
    {
        NetworkNamespace = true,
        PidNamespace = true,
        MaxTasks = int.MaxValue,
        MaxCpuPercent = 1,
        CpuWeight = 1,
    }.UseStrict();

    /// <summary>The needs of the options that are set.</summary>
    public static IEnumerable<HardeningNeed> Of(HardeningOptions options, ControlGroups groups)
    {
        List<(bool IsSet, string Option, Func<string?> WhyNot)> all =
        [
            (options.DenyNetwork, nameof(options.DenyNetwork), SystemCallFilter.WhyNot),
            (options.DenyUnixSockets, nameof(options.DenyUnixSockets), SystemCallFilter.WhyNot),
            (options.DenyProcesses, nameof(options.DenyProcesses), SystemCallFilter.WhyNot),
            (options.DenyRareSystemCalls, nameof(options.DenyRareSystemCalls), SystemCallFilter.WhyNot),
            (options.DenyFileAttributes, nameof(options.DenyFileAttributes), SystemCallFilter.WhyNot),
            (options.DenyFileWatching, nameof(options.DenyFileWatching), SystemCallFilter.WhyNot),
            (options.IsolateProcesses, nameof(options.IsolateProcesses), static () => Landlock.WhyNot(Landlock.ForProcesses)),
            (options.RestrictReads, nameof(options.RestrictReads), static () => Landlock.WhyNot(Landlock.ForFiles)),
            (options.RestrictWrites, nameof(options.RestrictWrites), static () => Landlock.WhyNot(Landlock.ForFiles)),
            (options.NetworkNamespace, nameof(options.NetworkNamespace), () => WhyNoNetwork(options)),
            (options.PidNamespace, nameof(options.PidNamespace), () => WhyNoProcesses(options)),
            (options.MaxTasks is not null, nameof(options.MaxTasks), () => WhyNoTaskLimit(options, groups)),
            (options.MaxCpuPercent is not null, nameof(options.MaxCpuPercent), () => groups.WhyNo(GroupLimits.Cpu)),
            (options.CpuWeight is not null, nameof(options.CpuWeight), () => groups.WhyNo(GroupLimits.Cpu)),
        ];
        return all.Where(static need => need.IsSet).Select(static need => new HardeningNeed(need.Option, need.WhyNot()));
    }

    /// <summary>Privileges are enough; without them, the worker gets a user namespace.</summary>
    private static string? WhyNoNetwork(HardeningOptions options)
        => NetworkNamespace.WhyNot() is { } needed && NamespaceTrial.WhyNot(RightsOf(options, processes: false)) is { } why
            ? $"{needed}; without it, {why}"
            : null;

    private static string? WhyNoProcesses(HardeningOptions options) => NamespaceTrial.WhyNot(RightsOf(options, processes: true));

    private static LaunchRights RightsOf(HardeningOptions options, bool processes)
        => WorkerLauncher.RightsFor(options) with { PidNamespace = processes };

    /// <summary>The kernel also counts processes and threads per user and user namespace, but does not limit root.</summary>
    private static string? WhyNoTaskLimit(HardeningOptions options, ControlGroups groups)
    {
        if (groups.WhyNo(GroupLimits.Processes) is not { } why)
            return null;
        var rights = WorkerLauncher.RightsFor(options);
        var instead = !rights.HasUserNamespace ? "PidNamespace is not set"
            : rights.RunsAsRoot ? "workers run as root, which the kernel does not limit: set UserId"
            : !OperatingSystem.IsOSPlatformVersionAtLeast("Linux", 5, 14) ? "the kernel is older than Linux 5.14"
            : null;
        return instead is null ? null : $"{why}. A user namespace would do, but {instead}";
    }

    /// <exception cref="PlatformNotSupportedException">An option is set that this machine cannot fulfil.</exception>
    /// <param name="place">What stands before an option's name in messages, such as <c>HandlerOptions.Hardening</c>.</param>
    /// <param name="options">The options.</param>
    /// <param name="groups">The cgroups that workers can get.</param>
    public static void ThrowIfLacking(string place, HardeningOptions options, ControlGroups groups)
    {
        var lacking = Of(options, groups).Where(static need => need.WhyNot is not null)
            .Select(need => $"{place}.{need.Option} is set, but {need.WhyNot}.")
            .ToList();
        if (lacking.Count > 0)
            throw new PlatformNotSupportedException(string.Join(Environment.NewLine, lacking));
    }
}
