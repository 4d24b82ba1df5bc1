using Handler.Platform;

namespace Handler.Tests;

/// <summary>
/// A test that makes cgroups below the cgroup of this process. If another program made that cgroup (a service manager, a container's
/// runtime, a test machine's supervisor), it belongs to that program. The test then runs only if <c>HANDLER_TEST_CONTROL_GROUPS=1</c>
/// says that the cgroup is delegated.
/// </summary>
internal sealed class ControlGroupFactAttribute : FactAttribute
{
    private const string Delegated = "HANDLER_TEST_CONTROL_GROUPS";

    public ControlGroupFactAttribute() => Skip = WhyNot();

    private static string? WhyNot()
    {
        if (Environment.GetEnvironmentVariable(Delegated) != "1" && GroupOf(File.ReadAllLines("/proc/self/cgroup")) is { } group)
            return $"this process is in the memory cgroup {group}, which was made for it; "
                + $"{Delegated}=1 says that the tests may make groups there";
        var groups = ControlGroups.OfThisProcess().Open(allowVersion1: true);
        groups.Close();
        return groups.Directory is null ? $"workers cannot get cgroups here: {groups.WhyNot}" : null;
    }

    /// <summary>
    /// The cgroup of this process's memory: of the version 1 memory controller or of version 2; <see langword="null"/> for the root.
    /// </summary>
    private static string? GroupOf(string[] membership)
    {
        var line = membership.FirstOrDefault(line => line.Split(':')[1].Split(',').Contains("memory"))
            ?? membership.FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal));
        return line?.Split(':', 3)[2] is { Length: > 1 } path ? path : null;
    }
}
