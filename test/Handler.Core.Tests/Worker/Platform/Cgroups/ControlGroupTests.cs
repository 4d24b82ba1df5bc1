using Handler.Platform;
using Handler.Verdicts;

namespace Handler.Tests.Platform;

/// <summary>
/// Decisions about cgroups, tested in a folder that looks like the kernel's. <see cref="Verdicts.KernelLimitTests"/> tests that the
/// kernel really kills.
/// </summary>
public sealed class ControlGroupTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("/", "/", "")]
    [InlineData("/", "/jobs/mine", "jobs/mine")]
    [InlineData("/docker/abc", "/docker/abc", "")]
    [InlineData("/docker/abc", "/docker/abc/mine", "mine")]
    [InlineData("/docker/abc", "/docker/abcdef", "docker/abcdef")]
    public void A_version_1_cgroup_is_found_where_its_hierarchy_is_mounted(string root, string membership, string expected)
    {
        Directory.CreateDirectory(folder.File(expected));
        var groups = Open(root, membership);
        Assert.Equal((null, 1), (groups.WhyNot, groups.Version));
        Assert.Equal(Path.Combine(folder.Path, expected).TrimEnd('/'), Path.GetDirectoryName(groups.Directory));
    }

    [Fact]
    public void Version_1_of_cgroups_is_used_only_if_it_is_allowed()
    {
        var groups = new ControlGroups(MountInfo("/"), "4:memory:/").Open(allowVersion1: false);
        Assert.Equal((null, "no version 2 hierarchy is mounted"), (groups.Directory, groups.WhyNot));
    }

    [Fact]
    public void The_reason_names_the_missing_parts_of_both_cgroup_versions()
    {
        Assert.Equal(
            "version 2: no version 2 hierarchy is mounted; version 1: no version 1 memory hierarchy is mounted",
            new ControlGroups("", "").Open(allowVersion1: true).WhyNot);
        Assert.Contains(
            "version 1: this process is in no version 1 memory group",
            new ControlGroups(MountInfo("/"), "8:pids:/").Open(allowVersion1: true).WhyNot);
        Assert.Contains("version 1: its group is not writable", Open("/", "/missing").WhyNot);
    }

    [Fact]
    public void Two_nodes_of_one_process_do_not_share_a_directory()
        => Assert.NotEqual(Open("/", "/").Directory, Open("/", "/").Directory);

    [Theory]
    [InlineData(1, "memory.limit_in_bytes", "memory.oom_control", "memory.max_usage_in_bytes")]
    [InlineData(2, "memory.max", "memory.events", "memory.peak")]
    public void The_limit_the_kills_and_the_peak_use_the_files_of_the_cgroup_version(int version, string limit, string kills, string peak)
    {
        var directory = folder.File("worker-1");
        var group = new ControlGroup(directory, version);
        group.Limit(123_456);
        Assert.Equal("123456", File.ReadAllText(Path.Combine(directory, limit)));
        Assert.False(group.HasKilledForMemory());
        File.WriteAllText(Path.Combine(directory, kills), "oom_kill_disable 1\nunder_oom 1\noom 3\noom_kill 0\n");
        Assert.False(group.HasKilledForMemory());
        File.WriteAllText(Path.Combine(directory, kills), "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        File.WriteAllText(Path.Combine(directory, peak), "654321\n");
        Assert.Equal((true, 654_321), (group.HasKilledForMemory(), group.PeakBytes()));
    }

    [Fact]
    public void Limits_of_tasks_and_processors_are_written_to_the_files_of_a_group_of_version_2()
    {
        var directory = folder.File("worker-1");
        _ = new ControlGroup(directory, 2, new GroupLimits(MaxTasks: 100, MaxCpuPercent: 150, CpuWeight: 50));
        Assert.Equal("100", File.ReadAllText(Path.Combine(directory, "pids.max")));
        Assert.Equal("150000 100000", File.ReadAllText(Path.Combine(directory, "cpu.max")));
        Assert.Equal("50", File.ReadAllText(Path.Combine(directory, "cpu.weight")));
    }

    [Fact]
    public void A_limit_that_the_kernel_refuses_is_named_with_its_option()
    {
        var directory = folder.File("worker-1");
        Directory.CreateDirectory(Path.Combine(directory, "cpu.max")); // writing to it fails
        var exception = Assert.Throws<IOException>(() => new ControlGroup(directory, 2, new GroupLimits(MaxCpuPercent: 150)));
        Assert.Contains("HandlerOptions.Hardening.MaxCpuPercent: writing 150000 100000", exception.Message);
    }

    [Fact]
    public void Only_the_controllers_that_are_needed_are_enabled_and_a_missing_one_is_named()
    {
        File.WriteAllText(folder.File("cgroup.controllers"), "cpu memory\n");
        File.WriteAllText(folder.File("cgroup.subtree_control"), "memory\n");
        var groups = new ControlGroups($"35 31 0:32 / {folder.Path} rw - cgroup2 cgroup2 rw\n", "0::/\n")
            .Open(allowVersion1: false, GroupLimits.Processes, GroupLimits.Cpu);
        Assert.Equal(2, groups.Version);
        Assert.Null(groups.WhyNo(GroupLimits.Cpu));
        Assert.Equal($"it needs the pids controller of cgroups: {folder.Path} does not have it", groups.WhyNo(GroupLimits.Processes));
        Assert.Equal("+cpu", File.ReadAllText(folder.File("cgroup.subtree_control")));
        Assert.Equal("+cpu", File.ReadAllText(Path.Combine(groups.Directory!, "cgroup.subtree_control")));
    }

    [Fact]
    public void A_group_without_the_memory_controller_is_named_with_what_else_it_lacks()
    {
        File.WriteAllText(folder.File("cgroup.controllers"), "cpu\n");
        var groups = new ControlGroups($"35 31 0:32 / {folder.Path} rw - cgroup2 cgroup2 rw\n", "0::/\n")
            .Open(allowVersion1: false, GroupLimits.Processes, GroupLimits.Cpu);
        var lacksMemory = $"{folder.Path} does not have the memory controller";
        Assert.Equal((null, lacksMemory), (groups.Directory, groups.WhyNot));
        Assert.Equal($"it needs the pids controller of cgroups: {folder.Path} does not have it", groups.WhyNo(GroupLimits.Processes));
        Assert.Equal($"it needs a cgroup of version 2 for each worker, and there is none: {lacksMemory}", groups.WhyNo(GroupLimits.Cpu));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_hierarchy_of_version_1_that_is_not_used_is_named_with_the_setting_that_uses_it(bool isMounted)
    {
        var groups = new ControlGroups(isMounted ? MountInfo("/") : "", "4:memory:/").Open(allowVersion1: false);
        var layer = MemoryLayers.Of(groups)[^1];
        Assert.Equal(MemoryLimitSource.ControlGroup, layer.Source);
        Assert.Equal(isMounted, layer.Detail.EndsWith("which is used if Hardening.ControlGroup is Required", StringComparison.Ordinal));
    }

    [Fact]
    public void Groups_of_version_1_have_no_such_limits()
        => Assert.Equal("it needs a cgroup of version 2, and the workers' are of version 1", Open("/", "/").WhyNo(GroupLimits.Cpu));

    private ControlGroups Open(string root, string membership)
        => new ControlGroups(MountInfo(root), $"8:pids:/\n4:memory:{membership}\n").Open(allowVersion1: true);

    private string MountInfo(string root)
        => $"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n35 31 0:32 {root} {folder.Path} rw,relatime - cgroup cgroup rw,memory\n";
}
