using Handler.BadJobs;

namespace Handler.Tests.Verdicts;

/// <summary>The kernel's own memory limit, where this machine lets the tests make cgroups.</summary>
public sealed class KernelLimitTests
{
    private const long Mebibyte = 1 << 20;

    [ControlGroupFact]
    public async Task A_kill_at_the_cgroup_limit_is_out_of_memory_with_the_cgroup_as_source()
    {
        await using var node = await TestNode.StartAsync(options => options.Hardening.ControlGroup = ControlGroupMode.Required);
        var outcome = await node.Run(
            static () =>
            {
                new Thread(CpuHogs.NativeSleepThatBlocksCollection) { IsBackground = true }.Start();
                NativeMemoryHogs.LargeBlocks();
            },
            new JobLimits { MaxHeapBytes = 10 * Mebibyte });
        var memory = Assert.IsType<JobOutOfMemory>(outcome.Failure);
        Assert.Equal((MemoryLimitSource.ControlGroup, (2 * 10 * Mebibyte) + (64 * Mebibyte)), (memory.Source, memory.LimitBytes));
        Assert.True(memory.PeakBytes > memory.LimitBytes);
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }
}
