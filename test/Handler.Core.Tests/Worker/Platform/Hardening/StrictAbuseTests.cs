using System.Reflection;
using Handler.BadJobs;

namespace Handler.Tests.Platform;

/// <summary>
/// Each job of Handler.BadJobs in a strict profile: it has the outcome that names what stopped it, and the handler runs the next jobs of
/// its profile and of others.
/// </summary>
public sealed class StrictAbuseTests(StrictNode strict) : IClassFixture<StrictNode>
{
    private static readonly JobLimits Limits = new() { Timeout = TimeSpan.FromSeconds(20) };

    public static TheoryData<string> Names => [.. HostileJobs.All.Select(static job => job.Source)];

    [LandlockTheory]
    [MemberData(nameof(Names))]
    public async Task A_hostile_job_has_the_outcome_that_names_what_stopped_it(string name)
    {
        var job = HostileJobs.All.Single(job => job.Source == name);
        var run = await strict.RunOf(name);
        Assert.True(job.Kind == run.Outcome.Kind && run.Text.Contains(job.Text), $"{run.Outcome.Kind}: {run.Text}");
        Assert.Equal(2, run.Next.GetValueOrThrow());
        Assert.Equal(2, run.Other.GetValueOrThrow());
    }

    [Fact]
    public void Each_bad_job_is_in_the_table_or_harmless_for_a_reason()
    {
        var known = HostileJobs.All.Select(static job => job.Method).Concat(HostileJobs.Harmless.Keys).ToHashSet();
        var all = typeof(CpuHogs).Assembly.GetExportedTypes()
            .Where(static type => type is { IsAbstract: true, IsSealed: true })
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(static method => !method.IsSpecialName)
            .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}")
            .ToHashSet();
        Assert.Empty(all.Except(known));
        Assert.Empty(HostileJobs.Harmless.Keys.Except(all));
        Assert.Empty(HostileJobs.Harmless.Keys.Intersect(HostileJobs.All.Select(static job => job.Method)));
    }

    [LandlockFact]
    public async Task A_job_that_asks_for_the_networks_of_the_machine_learns_which_options_refuse_that()
    {
        var outcome = await strict.Run(static () => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Length);
        Assert.Equal("DenyNetwork, DenyUnixSockets", Assert.IsType<JobFailed>(outcome.Failure).Hardening);
    }

    [LandlockFact]
    public async Task A_job_reaches_no_other_worker_of_its_node()
    {
        var pids = strict.Node.Workers();
        Assert.True(pids.Count > 1);
        Assert.Empty((await strict.Run(() => ReachOthers(pids))).GetValueOrThrow());
    }

    /// <summary>By default, a job can send signals to other workers, but gets nothing of their jobs and forges nothing.</summary>
    [Fact]
    public async Task A_job_of_a_default_worker_reads_and_writes_no_channel_or_memory_of_another_worker()
    {
        await using var node = await TestNode.StartAsync(static options => options.MaxWorkers = 2);
        await Wait.Until(() => node.Workers().Count > 1, "a second worker");
        Assert.True((await node.Run(static () => 1)).IsSuccess);
        await Wait.Until(() => node.Workers().TrueForAll(IsReady), "all workers to be ready");
        var pids = node.Workers();
        string[] refused =
        [
            "trace", "read memory", "descriptor by descriptor", "shared page", "requests", "responses", "descriptors", "its files",
            "mem", "environ", "maps", "auxv", "pagemap", "syscall", "stack", "io", "map_files",
        ];
        Assert.Empty((await node.Run(() => ReachOthers(pids), Limits)).GetValueOrThrow().Intersect(refused));
    }

    private static string[] ReachOthers(List<int> pids)
        => [.. pids.Where(static pid => pid != Environment.ProcessId).SelectMany(static pid => Intruders.Reach(pid))];

    /// <summary>A worker that has closed itself belongs to root in <c>/proc</c>, or cannot be dumped.</summary>
    private static bool IsReady(int pid)
        => File.ReadAllText($"/proc/{pid}/limits").Split('\n').Any(static line =>
            line.StartsWith("Max open files", StringComparison.Ordinal) && line.Contains(" 1024 ", StringComparison.Ordinal));
}
