using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Namespaces of workers whose host has no privileges.</summary>
public sealed class NamespacedWorkersTests
{
    private static readonly Surroundings Unprivileged = new() { UserId = NamespaceFactAttribute.User };

    [NamespaceFact]
    public async Task A_host_without_privileges_gives_its_workers_processes_a_network_and_a_limit_of_tasks_of_their_own()
        => Assert.Equal(
            ["processes: 2", "network: (True, True)", "killed: 9", "empty sets of capabilities: 5", "threads: True"],
            await SpecialHost.RunAsync<NamespacedWorkers>(Unprivileged, "pid", "net", "tasks"));

    [NamespaceFact]
    public async Task A_network_of_its_own_needs_no_process_namespace()
    {
        var lines = await SpecialHost.RunAsync<NamespacedWorkers>(Unprivileged, "net", "tasks");
        Assert.NotEqual("processes: 2", lines[0]);
        Assert.Equal(["network: (True, True)", "killed: 9", "empty sets of capabilities: 5", "threads: True"], lines[1..]);
    }

    [NamespaceFact]
    public async Task Strict_workers_can_have_a_process_namespace()
        => Assert.Equal(
            ["processes: 2", "network: JobFailed", "killed: 9", "empty sets of capabilities: 5", "threads: False"],
            await SpecialHost.RunAsync<NamespacedWorkers>(Unprivileged, "strict", "pid"));

    [NamespaceFact]
    public async Task A_limit_of_tasks_without_a_namespace_or_a_cgroup_is_refused_with_the_reason()
        => Assert.Contains(
            "A user namespace would do, but PidNamespace is not set",
            (await SpecialHost.RunAsync<NamespacedWorkers>(Unprivileged, "tasks"))[0]);

    [SurroundingsFact(needsNamespaces: true)]
    public async Task A_start_fails_and_says_so_if_the_program_unshare_lacks_an_option()
    {
        using var folder = new TemporaryFolder();
        var other = folder.File("unshare");
        File.WriteAllText(other, "#!/bin/sh\necho \"unshare: unrecognized option: map-current-user\" >&2\nexit 1\n");
        Assert.Null(SpecialHost.TryTool("chmod", "+x", other));
        var lines = await SpecialHost.RunAsync<NamespacedWorkers>(
            new Surroundings { Mounts = [$"mount --bind '{other}' /usr/bin/unshare"] }, "pid");
        Assert.Contains("HandlerOptions.Hardening.PidNamespace is set, but it needs the program unshare of util-linux", lines[0]);
        Assert.Contains("unrecognized option: map-current-user", lines[0]);
    }

    [NamespaceFact]
    public async Task All_processes_of_a_worker_end_with_a_killed_host_even_if_its_job_cuts_the_ties()
    {
        using var folder = new TemporaryFolder();
        using var host = SpecialHost.Start<TiesCut>(Surroundings.Usual, "hold the other ends", folder.File("pid"), "namespace");
        await folder.WaitFor("pid");
        var pids = Below(host.Pid);
        Assert.Equal(3, pids.Count);
        Assert.Equal(0, Signals.Send(host.Pid, Signals.Kill));
        try
        {
            await Wait.Until(() => !pids.Exists(ProcessTable.IsRunning), "the worker and the programs around it to end with their host");
        }
        finally
        {
            foreach (var pid in pids.Where(ProcessTable.IsRunning))
                _ = Signals.Send(pid, Signals.Kill);
        }
    }

    private static List<int> Below(int parent)
        => [.. ProcessTable.All().Where(each => each.ParentPid == parent).SelectMany(static each => Below(each.Pid).Append(each.Pid))];
}
