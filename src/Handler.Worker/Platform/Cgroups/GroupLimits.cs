namespace Handler.Platform;

/// <summary>What the cgroup of a worker limits besides memory; <see langword="null"/> for no limit.</summary>
/// <param name="MaxTasks">Processes and threads together.</param>
/// <param name="MaxCpuPercent">CPU time in percent of one processor.</param>
/// <param name="CpuWeight">What it gets of busy processors in proportion to other groups; the kernel's default is 100.</param>
internal sealed record GroupLimits(int? MaxTasks = null, int? MaxCpuPercent = null, int? CpuWeight = null)
{
    public const string Processes = "pids", Cpu = "cpu";

    /// <summary>The period of the CPU limit, in µs: the kernel's default.</summary>
    private const long Period = 100_000;

    /// <summary>The controllers that these limits need.</summary>
    public IReadOnlyList<string> Controllers
        => [.. MaxTasks is null ? [] : new[] { Processes }, .. MaxCpuPercent is null && CpuWeight is null ? [] : new[] { Cpu }];

    /// <summary>The files of a group of version 2 to write, with the options that they implement.</summary>
    public IEnumerable<(string File, string Value, string Option)> Settings()
    {
        if (MaxTasks is { } tasks)
            yield return ("pids.max", $"{tasks}", nameof(MaxTasks));
        if (MaxCpuPercent is { } percent)
            yield return ("cpu.max", $"{percent * Period / 100} {Period}", nameof(MaxCpuPercent));
        if (CpuWeight is { } weight)
            yield return ("cpu.weight", $"{weight}", nameof(CpuWeight));
    }
}
