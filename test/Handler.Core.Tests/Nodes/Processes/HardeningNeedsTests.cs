using Handler.BadJobs;
using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests.Nodes;

/// <summary>Options that the machine cannot fulfil: the start fails, and says which and why.</summary>
public sealed class HardeningNeedsTests
{
    private static readonly ControlGroups NoGroups = new ControlGroups("", "").Open(allowVersion1: false);

    [Fact]
    public void Options_that_are_not_set_need_nothing()
        => Assert.Empty(HardeningNeeds.Of(new HardeningOptions(), NoGroups));

    [Fact]
    public void Each_option_that_needs_something_is_examined()
        => Assert.Equal(
            [
                "CpuWeight", "DenyFileAttributes", "DenyFileWatching", "DenyNetwork", "DenyProcesses", "DenyRareSystemCalls",
                "DenyUnixSockets", "IsolateProcesses", "MaxCpuPercent", "MaxTasks", "NetworkNamespace", "PidNamespace", "RestrictReads",
                "RestrictWrites",
            ],
            HardeningNeeds.Of(HardeningNeeds.Everything, NoGroups).Select(static need => need.Option).Order());

    [Fact]
    public async Task A_start_fails_if_a_limit_needs_a_cgroup_and_there_is_none_even_if_no_worker_starts()
    {
        var exception = await Assert.ThrowsAsync<PlatformNotSupportedException>(() => EmbeddedHandler.StartAsync(static options =>
        {
            (options.MinWorkers, options.SpareWorkers) = (0, 0);
            (options.Hardening.MaxTasks, options.Hardening.CpuWeight, options.Hardening.MaxCpuPercent) = (100, 50, 150);
            options.Hardening.ControlGroup = ControlGroupMode.Auto;
        }));
        Assert.Contains("HandlerOptions.Hardening.MaxTasks is set, but it needs", exception.Message);
        Assert.Contains("HandlerOptions.Hardening.CpuWeight is set, but it needs", exception.Message);
        Assert.Contains("HandlerOptions.Hardening.MaxCpuPercent is set, but it needs", exception.Message);
    }

    [PrivilegedFact]
    public async Task A_worker_with_its_own_network_has_nothing_but_its_loopback()
    {
        await using var node = await TestNode.StartAsync(static options => options.Hardening.NetworkNamespace = true);
        Assert.Equal((true, true), (await node.Run(Intruders.Network)).GetValueOrThrow());
        Assert.Contains("tcp", (await node.Run(Intruders.OpenSockets)).GetValueOrThrow());
    }

    [UnprivilegedFact]
    public async Task Without_privileges_a_worker_has_its_own_network_or_the_start_fails_and_says_what_either_way_needs()
    {
        if (NamespaceTrial.WhyNot(new LaunchRights { NetworkNamespace = true }) is null)
        {
            await using var node = await TestNode.StartAsync(static options => options.Hardening.NetworkNamespace = true);
            Assert.Equal((true, true), (await node.Run(Intruders.Network)).GetValueOrThrow());
            return;
        }

        var exception = await Assert.ThrowsAsync<PlatformNotSupportedException>(() => EmbeddedHandler.StartAsync(static options =>
            options.Hardening.NetworkNamespace = true));
        Assert.Contains("HandlerOptions.Hardening.NetworkNamespace is set, but it needs root or CAP_SYS_ADMIN", exception.Message);
        Assert.Contains("without it, it needs", exception.Message);
    }

    [NamespaceFact]
    public void A_user_namespace_replaces_the_cgroup_for_MaxTasks_unless_workers_run_as_root()
    {
        Assert.Null(WhyNoTasks(new HardeningOptions { MaxTasks = 100, PidNamespace = true, UserId = 65534 }));
        Assert.Contains("but PidNamespace is not set", WhyNoTasks(new HardeningOptions { MaxTasks = 100, UserId = 65534 }));
        Assert.Contains("run as root", WhyNoTasks(new HardeningOptions { MaxTasks = 100, PidNamespace = true, UserId = 0 }));

        static string? WhyNoTasks(HardeningOptions options)
            => HardeningNeeds.Of(options, NoGroups).Single(static need => need.Option == "MaxTasks").WhyNot;
    }
}
