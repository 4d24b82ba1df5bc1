using Handler.BadJobs;
using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>Which files real workers can use, and which processes they can reach.</summary>
public sealed class LandlockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Landlock.ForFiles, 3, null)]
    [InlineData(Landlock.ForProcesses, 7, null)]
    [InlineData(Landlock.ForFiles, 2, "it needs Landlock ABI 3 (Linux 6.2), and this kernel (")]
    [InlineData(Landlock.ForProcesses, 5, "it needs Landlock ABI 6 (Linux 6.12), and this kernel (")]
    [InlineData(Landlock.ForProcesses, 0, "it needs Landlock ABI 6 (Linux 6.12), and this kernel (")]
    public void An_old_kernel_is_told_with_what_it_lacks(int needed, int present, string? start)
    {
        var why = Landlock.WhyNot(needed, present);
        if (start is null)
            Assert.Null(why);
        else
            Assert.StartsWith(start, why);
        Assert.Equal(start is not null && present == 0, why?.Contains("has no Landlock", StringComparison.Ordinal) == true);
        Assert.Equal(start is not null && present > 0, why?.EndsWith($"has ABI {present}", StringComparison.Ordinal) == true);
    }

    [LandlockFact]
    public async Task Where_reads_are_restricted_only_the_listed_files_and_what_NET_needs_can_be_read()
    {
        var (open, secret) = (Directory.CreateDirectory(folder.File("open")).FullName, folder.File("secret"));
        var inside = Path.Combine(open, "file");
        File.WriteAllText(inside, "");
        File.WriteAllText(secret, "");
        await using var node = await TestNode.StartAsync(options =>
        {
            options.Hardening.RestrictReads = true;
            options.Hardening.ReadablePaths.Add(open);
        });
        Assert.Equal("read", (await node.Run(() => Intruders.Read(inside))).GetValueOrThrow());
        Assert.Equal("UnauthorizedAccessException", (await node.Run(() => Intruders.Read(secret))).GetValueOrThrow());
        Assert.Equal("UnauthorizedAccessException", (await node.Run(() => Intruders.Read("/etc/shadow"))).GetValueOrThrow());
        Assert.Equal("written", (await node.Run(() => Intruders.Write(secret))).GetValueOrThrow()); // writes are not restricted
        var closed = Directory.CreateDirectory(folder.File("closed")).FullName;
        Assert.Contains("move", (await node.Run(() => Intruders.ChangeFiles(secret, closed))).GetValueOrThrow());
    }

    [LandlockFact]
    public async Task A_file_that_the_host_has_mapped_is_no_library_because_of_the_name_of_its_folder()
    {
        var data = Path.Combine(Directory.CreateDirectory(folder.File("acme.software")).FullName, "customers.db");
        File.WriteAllText(data, "secret");
        using var map = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(data);
        using var view = map.CreateViewAccessor();
        await using var node = await TestNode.StartAsync(static options => options.Hardening.RestrictReads = true);
        Assert.Equal("UnauthorizedAccessException", (await node.Run(() => Intruders.Read(data))).GetValueOrThrow());
    }

    [LandlockFact]
    public async Task Where_writes_are_restricted_only_the_listed_files_can_be_changed_in_any_way()
    {
        var open = Directory.CreateDirectory(folder.File("open")).FullName;
        var closed = Directory.CreateDirectory(folder.File("closed")).FullName;
        var (inside, outside) = (folder.File("open/file"), folder.File("file"));
        File.WriteAllText(inside, "kept");
        File.WriteAllText(outside, "kept");
        var inner = Directory.CreateDirectory(folder.File("open/inner")).FullName;
        await using var node = await TestNode.StartAsync(options =>
        {
            options.Hardening.RestrictWrites = true;
            options.Hardening.WritablePaths.Add(open);
        });
        Assert.Equal("read", (await node.Run(() => Intruders.Read(outside))).GetValueOrThrow()); // reads are not restricted
        Assert.Empty((await node.Run(() => Intruders.ChangeFiles(outside, closed))).GetValueOrThrow());
        Assert.Equal(("kept", true), (File.ReadAllText(outside), Directory.Exists(closed)));
        Assert.Equal(
            ["append", "cut", "cut by path", "create", "create folder", "link", "hard link", "move", "delete"],
            (await node.Run(() => Intruders.ChangeFiles(inside, inner))).GetValueOrThrow());
        Assert.Equal("written", (await node.Run(() => Intruders.Write("/dev/null"))).GetValueOrThrow());
    }

    [LandlockFact]
    public async Task A_listed_path_that_does_not_exist_is_a_start_failure_that_names_the_option_and_the_path()
    {
        var missing = folder.File("missing");
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => TestNode.StartAsync(options =>
            options.Hardening.UseStrict().WritablePaths.Add(missing)));
        Assert.Contains("HandlerOptions.Hardening.WritablePaths", exception.Message);
        Assert.Contains(missing, exception.Message);
    }

    [LandlockTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listed_path_that_does_not_exist_fails_the_start_also_if_no_worker_starts(bool readable)
    {
        var missing = folder.File("missing");
        var exception = await Assert.ThrowsAsync<WorkerStartException>(() => EmbeddedHandler.StartAsync(options =>
        {
            (options.MinWorkers, options.SpareWorkers) = (0, 0);
            var hardening = options.Hardening.UseStrict();
            (readable ? hardening.ReadablePaths : hardening.WritablePaths).Add(missing);
        }));
        Assert.Contains($"HandlerOptions.Hardening.{(readable ? "ReadablePaths" : "WritablePaths")} lists {missing}", exception.Message);
    }

    [LandlockFact]
    public async Task An_isolated_worker_reaches_no_process_outside()
    {
        await using var plain = await TestNode.StartAsync(static options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));
        var (other, host) = (plain.Workers()[0], Environment.ProcessId);
        await using var node = await TestNode.StartAsync(static options => options.Hardening.IsolateProcesses = true);
        await using var strict = await TestNode.StartAsync(static options => options.Hardening.UseStrict());
        var ofPlain = (await plain.Run(() => Intruders.Reach(host))).GetValueOrThrow();
        Assert.Contains("signal", ofPlain); // the same user
        foreach (var pid in (int[])[other, host])
        {
            var ways = (await node.Run(() => Intruders.Reach(pid))).GetValueOrThrow();
            string[] refused = ["signal", "signal to its group", "signal by descriptor", "trace", "read memory", "mem", "environ"];
            Assert.Empty(ways.Intersect(refused));
            Assert.Empty((await strict.Run(() => Intruders.Reach(pid))).GetValueOrThrow());
        }
    }

    [LandlockFact]
    public async Task An_isolated_worker_cannot_have_the_kernel_send_signals_for_it()
    {
        await using var node = await TestNode.StartAsync(static options => options.Hardening.IsolateProcesses = true);
        using var victim = System.Diagnostics.Process.Start("/bin/sleep", "600");
        var pid = victim.Id;
        Assert.True((await node.Run(() => Intruders.SignalByPipe(pid))).IsSuccess);
        Assert.False(victim.HasExited);
        await using var plain = await TestNode.StartAsync();
        Assert.True((await plain.Run(() => Intruders.SignalByPipe(pid))).IsSuccess);
        await Wait.Until(() => victim.HasExited, "the signal to arrive");
    }

    [LandlockFact]
    public async Task A_worker_with_restricted_files_gets_the_niceness_of_its_session_all_the_same()
    {
        await using var node = await TestNode.StartAsync(static options => options.Hardening.UseStrict());
        Assert.True((await node.Run(static () => 1)).IsSuccess);
        if (File.Exists("/proc/self/autogroup"))
            Assert.EndsWith("nice 5\n", File.ReadAllText($"/proc/{node.Workers()[0]}/autogroup"));
    }
}
