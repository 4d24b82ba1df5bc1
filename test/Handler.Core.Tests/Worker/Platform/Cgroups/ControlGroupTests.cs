using Handler.Platform;

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

    private ControlGroups Open(string root, string membership)
        => new ControlGroups(MountInfo(root), $"8:pids:/\n4:memory:{membership}\n").Open(allowVersion1: true);

    private string MountInfo(string root)
        => $"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n35 31 0:32 {root} {folder.Path} rw,relatime - cgroup cgroup rw,memory\n";
}
