using Handler.Platform;

namespace Handler.Nodes;

/// <summary>What the hardening options need of the machine, and whether this machine has it.</summary>
internal static class HardeningNeeds
{
    /// <summary>Options in which everything is set that needs something of the machine.</summary>
    public static HardeningOptions Everything => new HardeningOptions
    {
        NetworkNamespace = true,
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
            (options.IsolateProcesses, nameof(options.IsolateProcesses), static () => Landlock.WhyNot(Landlock.ForProcesses)),
            (options.RestrictReads, nameof(options.RestrictReads), static () => Landlock.WhyNot(Landlock.ForFiles)),
            (options.RestrictWrites, nameof(options.RestrictWrites), static () => Landlock.WhyNot(Landlock.ForFiles)),
            (options.NetworkNamespace, nameof(options.NetworkNamespace), NetworkNamespace.WhyNot),
            (options.MaxTasks is not null, nameof(options.MaxTasks), () => groups.WhyNo(GroupLimits.Processes)),
            (options.MaxCpuPercent is not null, nameof(options.MaxCpuPercent), () => groups.WhyNo(GroupLimits.Cpu)),
            (options.CpuWeight is not null, nameof(options.CpuWeight), () => groups.WhyNo(GroupLimits.Cpu)),
        ];
        return all.Where(static need => need.IsSet).Select(static need => new HardeningNeed(need.Option, need.WhyNot()));
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
