using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Whatever a job does to the resources that a worker and its host share, neither outlives nor ends the other.</summary>
public sealed class WorkerTiesTests
{
    [Theory]
    [InlineData("close")]
    [InlineData("replace")]
    [InlineData("ask for no signal")]
    [InlineData("redirect the signal")]
    [InlineData("hold the other ends")]
    [InlineData("become another program")]
    public async Task A_worker_exits_with_its_host_even_if_its_job_cuts_the_ties_between_them(string way)
    {
        using var folder = new TemporaryFolder();
        using var host = SpecialHost.Start<TiesCut>(Surroundings.Usual, way, folder.File("pid"));
        await folder.WaitFor("pid");
        var worker = int.Parse(await File.ReadAllTextAsync(folder.File("pid")));
        // Its pipes are closed: the host may have ended it already.
        Assert.True(ProcessTable.IsRunning(worker) || way == "become another program");
        Assert.Equal(0, Signals.Send(host.Pid, Signals.Kill));
        try
        {
            await Wait.Until(() => !ProcessTable.IsRunning(worker), "the worker to end with its host");
        }
        finally
        {
            if (ProcessTable.IsRunning(worker))
                _ = Signals.Send(worker, Signals.Kill);
        }
    }

    [Fact]
    public async Task Processes_that_a_job_started_in_their_own_group_exit_with_the_host()
    {
        using var folder = new TemporaryFolder();
        using var host = SpecialHost.Start<GroupOfItsOwn>(Surroundings.Usual, folder.File("pids"));
        await folder.WaitFor("pids");
        var pids = (await File.ReadAllTextAsync(folder.File("pids"))).Split(' ').Select(int.Parse).ToArray();
        try
        {
            // The host holds two ends of the worker's lifeline, and a third one for the group as soon as it has seen the group.
            var lifeline = LinkOf($"/proc/{pids[0]}/fd/5");
            await Wait.Until(
                () => Directory.EnumerateFiles($"/proc/{host.Pid}/fd").Count(file => LinkOf(file) == lifeline) >= 3,
                "the host to see the group");
            Assert.Equal(0, Signals.Send(host.Pid, Signals.Kill));
            await Wait.Until(() => !pids.Any(ProcessTable.IsRunning), "the worker and what its job had started to end with the host");
        }
        finally
        {
            foreach (var pid in pids.Where(ProcessTable.IsRunning))
                _ = Signals.Send(pid, Signals.Kill);
        }
    }

    private static string? LinkOf(string file) => new FileInfo(file).LinkTarget;

    [Fact]
    public async Task The_host_survives_any_change_of_a_job_to_the_shared_page()
    {
        var lines = await SpecialHost.RunAsync<SharedPageAbuse>(Surroundings.Usual);
        Assert.Equal(
            ["shrink: -1", "grow: -1", "hole: True", .. Enumerable.Repeat("counts: Process exited with code 3", 6), "value: 2"],
            lines);
    }
}
