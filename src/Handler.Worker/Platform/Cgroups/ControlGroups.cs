namespace Handler.Platform;

/// <summary>
/// Finds a place in the cgroup hierarchy where this process may create groups for its workers: version 2 if a subtree with the memory
/// controller is delegated to it, version 1 if its own memory group is writable.
/// </summary>
/// <param name="mountInfo">The text of <c>/proc/self/mountinfo</c>.</param>
/// <param name="membership">The text of <c>/proc/self/cgroup</c>.</param>
internal sealed class ControlGroups(string mountInfo, string membership)
{
    /// <summary>The leaf into which this process moves itself, because version 2 does not allow processes beside subgroups.</summary>
    private const string HostLeaf = "handler-host";

    /// <summary>Why there is no such place; <see langword="null"/> if there is one.</summary>
    public string? WhyNot { get; private set; } = "not looked for";

    /// <summary>The version found: 2, 1, or 0.</summary>
    public int Version { get; private set; }

    /// <summary>The directory in which each worker gets a group; <see langword="null"/> if there is none.</summary>
    public string? Directory { get; private set; }

    private readonly Dictionary<string, string> lacking = new(StringComparer.Ordinal);

    /// <summary>Why workers' groups have no such controller, as the end of a sentence; <see langword="null"/> if they have.</summary>
    public string? WhyNo(string controller)
        => lacking.TryGetValue(controller, out var why) ? $"it needs the {controller} controller of cgroups: {why}"
            : Directory is null ? $"it needs a cgroup of version 2 for each worker, and there is none: {WhyNot}"
            : Version != 2 ? "it needs a cgroup of version 2, and the workers' are of version 1"
            : null;

    /// <summary>Whether there is a hierarchy of version 1 with the memory controller, which only some nodes may use.</summary>
    public bool HasVersion1 => Mount("cgroup", "memory") is not null;

    public static ControlGroups OfThisProcess()
        => new(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"));

    /// <summary>Looks for the place and creates this node's directory there.</summary>
    /// <param name="allowVersion1">Whether version 1 is acceptable.</param>
    /// <param name="controllers">The controllers that workers' groups should have in addition to that of memory.</param>
    public ControlGroups Open(bool allowVersion1, params IReadOnlyCollection<string> controllers)
    {
        WhyNot = OpenVersion2(controllers);
        if (WhyNot is not null && allowVersion1)
        {
            var second = OpenVersion1();
            WhyNot = second is null ? null : $"version 2: {WhyNot}; version 1: {second}";
        }

        return this;
    }

    /// <summary>Creates a group.</summary>
    /// <exception cref="IOException">The kernel refused.</exception>
    public ControlGroup New(int number, GroupLimits limits) => new(Path.Combine(Directory!, $"worker-{number}"), Version, limits);

    /// <summary>Removes this node's directory after its groups are gone.</summary>
    public void Close()
    {
        if (Directory is not null)
            ControlGroup.TryRemove(Directory);
    }

    private string? OpenVersion2(IReadOnlyCollection<string> controllers)
    {
        if (Mount("cgroup2", null) is not { } mount)
            return "no version 2 hierarchy is mounted";
        if (Member("0::") is not { } path)
            return "this process is in no version 2 group";
        var own = mount.Under(path);
        try
        {
            var available = File.ReadAllText(own + "/cgroup.controllers").Split(' ', '\n');
            foreach (var controller in controllers.Except(available))
                lacking[controller] = $"{own} does not have it";
            if (!available.Contains("memory"))
                return $"{own} does not have the memory controller";
            if (!File.ReadAllText(own + "/cgroup.subtree_control").Contains("memory", StringComparison.Ordinal))
                EnableMemory(own);
            var failure = MakeNode(own, 2);
            foreach (var controller in controllers.Intersect(available))
                Enable(controller, own);
            return failure;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{own} is not delegated to this process ({exception.Message})";
        }
    }

    /// <summary>Enables a controller for the groups of workers, or records why it cannot be enabled.</summary>
    private void Enable(string controller, string own)
    {
        try
        {
            File.WriteAllText(own + "/cgroup.subtree_control", "+" + controller);
            File.WriteAllText(Directory + "/cgroup.subtree_control", "+" + controller);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            lacking[controller] = exception.Message;
        }
    }

    private static void EnableMemory(string own)
    {
        var others = File.ReadAllText(own + "/cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (others is [var single] && single == Environment.ProcessId.ToString())
        {
            System.IO.Directory.CreateDirectory($"{own}/{HostLeaf}");
            File.WriteAllText($"{own}/{HostLeaf}/cgroup.procs", single);
        }

        File.WriteAllText(own + "/cgroup.subtree_control", "+memory");
    }

    private string? OpenVersion1()
    {
        if (Mount("cgroup", "memory") is not { } mount)
            return "no version 1 memory hierarchy is mounted";
        if (MemberOfController("memory") is not { } path)
            return "this process is in no version 1 memory group";
        try
        {
            return MakeNode(mount.Under(path), 1);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"its group is not writable ({exception.Message})";
        }
    }

    private string? MakeNode(string own, int version)
    {
        RemoveStale(own);
        var node = $"{own}/handler-{Environment.ProcessId}";
        for (var i = 1; System.IO.Directory.Exists(node); i++)
            node = $"{own}/handler-{Environment.ProcessId}-{i}";
        System.IO.Directory.CreateDirectory(node);
        if (version == 2)
            File.WriteAllText(node + "/cgroup.subtree_control", "+memory");
        Directory = node;
        Version = version;
        return null;
    }

    /// <summary>
    /// A host that was killed could not remove its groups. Their processes are dead, so the next host removes the groups.
    /// </summary>
    private static void RemoveStale(string own)
    {
        foreach (var node in System.IO.Directory.EnumerateDirectories(own, "handler-*"))
        {
            var owner = Path.GetFileName(node).Split('-')[1];
            if (!int.TryParse(owner, out var pid) || System.IO.Directory.Exists($"/proc/{pid}"))
                continue;
            foreach (var group in System.IO.Directory.EnumerateDirectories(node))
                ControlGroup.TryRemove(group);
            ControlGroup.TryRemove(node);
        }
    }

    /// <summary>The mount point of a hierarchy.</summary>
    private MountPoint? Mount(string type, string? controller)
    {
        foreach (var line in mountInfo.Split('\n'))
        {
            // 36 35 98:0 /root /mount/point options … - type source super-options
            var halves = line.Split(" - ");
            if (halves.Length != 2)
                continue;
            var mount = halves[0].Split(' ');
            var system = halves[1].Split(' ');
            if (system[0] == type && mount.Length > 4 && (controller is null || system[^1].Split(',').Contains(controller)))
                return new MountPoint(mount[4].TrimEnd('/'), mount[3].TrimEnd('/'));
        }

        return null;
    }

    private string? Member(string prefix)
        => membership.Split('\n').FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];

    private string? MemberOfController(string controller)
    {
        foreach (var line in membership.Split('\n'))
        {
            if (line.Split(':', 3) is [_, var controllers, var path] && controllers.Split(',').Contains(controller))
                return path;
        }

        return null;
    }

    /// <summary>A mounted hierarchy.</summary>
    /// <param name="Directory">The directory on which it is mounted.</param>
    /// <param name="Root">The part of the hierarchy that is visible there, in a container often only its own group; empty for the whole
    /// hierarchy.</param>
    private sealed record MountPoint(string Directory, string Root)
    {
        /// <summary>The directory of a group, given its path in the whole hierarchy.</summary>
        public string Under(string group)
        {
            var path = group.TrimEnd('/');
            return Directory + (path == Root || path.StartsWith(Root + "/", StringComparison.Ordinal) ? path[Root.Length..] : path);
        }
    }
}
