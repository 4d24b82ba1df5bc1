using Handler.BadJobs;
using Handler.Platform;

namespace Handler.Tests.Verdicts;

/// <summary>The kernel's own memory limit, where this machine lets the tests make control groups.</summary>
public sealed class KernelLimitTests
{
    private const long Mebibyte = 1 << 20;

    [ControlGroupFact]
    public async Task A_kill_by_the_kernels_limit_is_out_of_memory_and_says_who_saw_it()
    {
        await using var node = await TestNode.StartAsync(options => options.Hardening.ControlGroup = ControlGroupMode.Required);
        var outcome = await node.Run(
            static () =>
            {
                new Thread(CpuHogs.NativeSleepThatBlocksCollection) { IsBackground = true }.Start();
                NativeMemoryHogs.LargeBlocks();
            },
            new JobLimits { MaxHeapBytes = 10 * Mebibyte });
        var memory = Assert.IsType<OutOfMemory<Unit>>(outcome);
        Assert.Equal((MemoryLimitSource.ControlGroup, (2 * 10 * Mebibyte) + (64 * Mebibyte)), (memory.Source, memory.LimitBytes));
        Assert.True(memory.PeakBytes > memory.LimitBytes);
        Assert.True((await node.Run(static () => 1)).IsCompleted);
    }
}

/// <summary>
/// A test that makes control groups below that of this process. A group that somebody else has made for it (a service manager, a
/// container's runtime, a test machine's supervisor) is theirs: there it runs only when <c>HANDLER_TEST_CONTROL_GROUPS=1</c> says that it is delegated.
/// </summary>
internal sealed class ControlGroupFactAttribute : FactAttribute
{
    private const string Delegated = "HANDLER_TEST_CONTROL_GROUPS";

    public ControlGroupFactAttribute() => Skip = WhyNot();

    private static string? WhyNot()
    {
        if (Environment.GetEnvironmentVariable(Delegated) != "1" && GroupOf(File.ReadAllLines("/proc/self/cgroup")) is { } group)
            return $"this process is in the memory control group {group}, which somebody made for it; {Delegated}=1 says that the tests may make groups there";
        var groups = ControlGroups.OfThisProcess().Open(allowVersion1: true);
        groups.Close();
        return groups.Directory is null ? $"workers cannot get control groups here: {groups.WhyNot}" : null;
    }

    /// <summary>The group with this process's memory: of the memory controller of version 1, or of version 2; <see langword="null"/> for the root.</summary>
    private static string? GroupOf(string[] membership)
    {
        var line = membership.FirstOrDefault(line => line.Split(':')[1].Split(',').Contains("memory")) ?? membership.FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal));
        return line?.Split(':', 3)[2] is { Length: > 1 } path ? path : null;
    }
}
