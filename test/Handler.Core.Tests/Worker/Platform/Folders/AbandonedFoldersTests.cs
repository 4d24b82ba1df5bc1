using System.Diagnostics;
using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>What becomes of the files in the private temporary folders of a host that is killed.</summary>
public sealed class AbandonedFoldersTests : IDisposable
{
    private const int WorkersEach = 2;

    private readonly TemporaryFolder place = new();
    private readonly string marker = Guid.NewGuid().ToString("N");
    private readonly List<Process> hosts = [];

    public void Dispose()
    {
        foreach (var host in hosts)
        {
            host.Kill(); // if it still runs
            host.Dispose();
        }

        foreach (var left in Left())
            TestNode.Kill(left.Pid);
        place.Dispose();
    }

    [Fact]
    public async Task The_next_host_removes_the_folders_of_a_killed_host_and_none_of_a_live_one()
    {
        var killed = await StartHost();
        var ofKilled = Folders();
        var live = await StartHost();
        var ofLive = Folders().Except(ofKilled).ToList();
        Assert.Equal((1, 1), (ofKilled.Count, ofLive.Count));

        await Kill(killed, ofOthers: WorkersEach);
        Assert.Equal(WorkersEach, FilesIn(ofKilled[0]).Length); // nobody was there to remove them
        await StartNodeHere();
        Assert.Equal(ofLive, Folders());
        Assert.Equal(WorkersEach, FilesIn(ofLive[0]).Length);

        await Kill(live, ofOthers: 0);
        await StartNodeHere();
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.Path));
    }

    private List<string> Folders() => [.. Directory.GetDirectories(place.Path, PrivateFolders.Prefix + "*")];

    private static string[] FilesIn(string folder) => Directory.GetFiles(folder, "file", SearchOption.AllDirectories);

    /// <summary>Starts a handler at the same place, which removes its own folder when it ends.</summary>
    private async Task StartNodeHere()
    {
        await using var node = await TestNode.StartAsync(options =>
        {
            options.WorkerEnvironment["TMPDIR"] = place.Path;
            options.Hardening.PrivateTemporaryFolder = true;
        });
        Assert.True((await node.Run(static () => 1)).IsSuccess);
    }

    private async Task<Process> StartHost()
    {
        var before = Directory.GetFiles(place.Path, "done", SearchOption.AllDirectories).Length;
        string[] arguments = ["exec", typeof(TestHost.Program).Assembly.Location, TestHost.Program.Write, marker, place.Path];
        var host = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;
        hosts.Add(host);
        Assert.Equal("running", await Wait.For(host.StandardOutput.ReadLineAsync(), "the host to run"));
        await Wait.Until(
            () => Directory.GetFiles(place.Path, "done", SearchOption.AllDirectories).Length == before + WorkersEach, "the files");
        return host;
    }

    private async Task Kill(Process host, int ofOthers)
    {
        TestNode.Kill(host.Id);
        await Wait.For(host.WaitForExitAsync(), "the host to end");
        await Wait.Until(() => Left().Count <= ofOthers, "its workers to end");
    }

    private List<ProcessEntry> Left() => ProcessTable.WithVariable(TestHost.Program.Variable, marker);
}
