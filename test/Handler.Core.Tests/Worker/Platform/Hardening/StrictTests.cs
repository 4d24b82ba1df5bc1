using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Handler.BadJobs;

namespace Handler.Tests.Platform;

/// <summary>Hostile jobs under the strict options, and usual ones, which must run.</summary>
public sealed class StrictTests : IAsyncLifetime
{
    private static readonly JobLimits Limits = new() { Timeout = TimeSpan.FromSeconds(20) };

    private readonly TemporaryFolder place = new();
    private TestNode? node;

    private TestNode Node => node!;

    public async Task InitializeAsync()
    {
        if (Handler.Platform.Landlock.WhyNot(Handler.Platform.Landlock.ForProcesses) is null)
            node = await TestNode.StartAsync(options =>
            {
                options.WorkerEnvironment["TMPDIR"] = place.Path;
                options.Hardening.UseStrict().MaxFileBytes = 8 << 20;
            });
    }

    public async Task DisposeAsync()
    {
        if (node is not null)
            await node.DisposeAsync();
        place.Dispose();
    }

    [LandlockFact]
    public async Task Usual_jobs_run()
    {
        Assert.Equal("{\"A\":1}", (await Run(static () => JsonSerializer.Serialize(new { A = 1 }))).GetValueOrThrow());
        Assert.True((await Run(static () => Regex.IsMatch("abc", "b+", RegexOptions.Compiled))).GetValueOrThrow());
        Assert.Equal(32, (await Run(static () => SHA256.HashData(RandomNumberGenerator.GetBytes(9)).Length)).GetValueOrThrow());
        Assert.NotEqual(
            TimeSpan.Zero,
            (await Run(static () => TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo").BaseUtcOffset)).GetValueOrThrow());
        Assert.Equal(6, (await Run(static () => Enumerable.Range(1, 3).AsParallel().Sum())).GetValueOrThrow());
        Assert.True((await Run(static () => System.Diagnostics.Process.GetCurrentProcess().WorkingSet64 > 0)).GetValueOrThrow());
        Assert.True((await Run(static () => Compress() > 0)).GetValueOrThrow());
        Assert.Equal(1, (await Run(static () => Task.Run(static async () =>
        {
            await Task.Delay(1);
            return 1;
        }).Result)).GetValueOrThrow());
        var failed = Assert.IsType<JobFailed>((await Run(static () => BadJobs.Exits.Throw("x"))).Failure);
        Assert.Contains("Exits.cs:line", failed.ExceptionText);
    }

    [LandlockFact]
    public async Task Each_worker_has_a_private_folder_for_temporary_files_that_goes_with_it()
    {
        var first = (await Run(static () => Path.GetTempFileName())).GetValueOrThrow();
        Assert.StartsWith(place.Path, first);
        Assert.Equal("x", (await Run(static () =>
        {
            var path = Path.Combine(Path.GetTempPath(), "file");
            File.WriteAllText(path, "x");
            return File.ReadAllText(path);
        })).GetValueOrThrow());
        var outside = place.File("file");
        Assert.Equal("UnauthorizedAccessException", (await Run(() => Intruders.Write(outside))).GetValueOrThrow());
        foreach (var pid in Node.Workers())
            TestNode.Kill(pid);
        await Wait.Until(() => !File.Exists(first), "the folder of the killed worker to go");
        await Node.DisposeAsync();
        node = null;
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.Path));
    }

    [LandlockFact]
    public async Task No_socket_can_be_opened_and_no_rare_call_works()
    {
        Assert.Empty((await Run(Intruders.OpenSockets)).GetValueOrThrow());
        Assert.Empty((await Run(Intruders.RareCalls)).GetValueOrThrow());
    }

    [LandlockFact]
    public async Task No_process_is_started_in_any_way()
    {
        Assert.Equal(0, (await Run(static () => Intruders.Fork(50))).GetValueOrThrow());
        foreach (var start in (Func<int>[])[Children.LeaveChild, Children.LeaveChildInOwnSession, Children.LeaveOrphan])
        {
            var failed = Assert.IsType<JobFailed>((await Node.Run(start, Limits)).Failure);
            Assert.Contains("Win32Exception", failed.ExceptionType);
        }

        Assert.All(Node.Processes(), static each => Assert.Equal(Environment.ProcessId, each.ParentPid));
    }

    [LandlockFact]
    public async Task Files_beyond_the_limit_end_the_job_and_all_others_are_denied()
    {
        var exited = Assert.IsType<JobExited>(
            (await Run(static () => File.WriteAllBytes(Path.Combine(Path.GetTempPath(), "large"), new byte[9 << 20]))).Failure);
        Assert.Contains("Hardening.MaxFileBytes", exited.Message);
        foreach (var path in (string[])["/tmp/x", "/dev/shm/x", "/var/tmp/x", Path.Combine(AppContext.BaseDirectory, "x")])
            Assert.Equal("UnauthorizedAccessException", (await Run(() => Intruders.Write(path))).GetValueOrThrow());
        Assert.IsType<JobTimedOut>((await Node.Run(
            static () => Intruders.FillTemporaryFolder(), Limits with { Timeout = TimeSpan.FromMilliseconds(300) })).Failure);
        await Wait.Until(
            () => Directory.EnumerateFiles(place.Path, "*", SearchOption.AllDirectories).Count() < 100,
            "the files of the killed job to go");
    }

    [LandlockFact]
    public async Task A_worker_runs_job_after_job_and_is_replaced_if_a_job_leaves_a_thread()
    {
        var log = new RecordingLogger();
        await using var node = await TestNode.StartAsync(
            static options =>
            {
                (options.MaxWorkers, options.SpareWorkers) = (1, 0);
                options.Hardening.UseStrict();
            },
            log);
        var pid = (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow();
        for (var i = 0; i < 20; i++)
        {
            Assert.True((await node.Run(static () =>
            {
                Console.WriteLine("x");
                return Task.Run(static () => 1).Result;
            })).IsSuccess);
        }

        node.FlushLog();
        var replaced = log.Lines.Where(static line => line.Id == 1006).Select(static line => line.Text).ToList();
        Assert.True(replaced.Count == 0, string.Join('\n', replaced));
        Assert.Equal(pid, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
        Assert.True((await node.Run(static () => Leftovers.SleepingThread())).IsSuccess);
        Assert.NotEqual(pid, (await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
    }

    [LandlockFact]
    public async Task Threads_are_limited_by_the_memory_that_they_use()
    {
        var limits = Limits with { MaxHeapBytes = 16 << 20, MaxResidentBytes = 64 << 20 };
        Assert.IsType<JobOutOfMemory>((await Node.Run(static () => NativeMemoryHogs.ThreadStacks(), limits)).Failure);
    }

    [LandlockFact]
    public async Task The_settings_of_the_application_and_the_secrets_of_the_system_cannot_be_read()
    {
        var settings = Path.Combine(AppContext.BaseDirectory, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(settings, "{}");
        try
        {
            foreach (var path in (string[])[settings, "/etc/shadow", "/root/.bashrc", "/etc/ssl/private/key", "/var/log/dpkg.log"])
            {
                var result = (await Run(() => Intruders.Read(path))).GetValueOrThrow();
                Assert.True(result != "read", path);
            }
        }
        finally
        {
            File.Delete(settings);
        }
    }

    [LandlockFact]
    public async Task Usual_code_uses_files_in_the_private_folder()
        => Assert.Empty((await Run(FileIntruders.UseOwnFiles)).GetValueOrThrow());

    [LandlockFact]
    public async Task No_attribute_of_a_file_can_be_changed_and_no_folder_watched()
    {
        var code = typeof(StrictTests).Assembly.Location;
        Assert.Empty((await Run(() => FileIntruders.ChangeAttributes(code))).GetValueOrThrow());
        Assert.Empty((await Run(static () => FileIntruders.Watch("/tmp"))).GetValueOrThrow());
        await using var plain = await TestNode.StartAsync();
        var ways = (await plain.Run(() => FileIntruders.ChangeAttributes(code))).GetValueOrThrow();
        string[] usual = ["mode", "mode by descriptor", "owner", "times", "get attribute", "list attributes", "lease"];
        Assert.Empty(usual.Except(ways));
        Assert.Equal(["watcher", "new watch", "old watch"], (await plain.Run(static () => FileIntruders.Watch("/tmp"))).GetValueOrThrow());
    }

    [LandlockFact]
    public async Task Attributes_can_be_changed_and_folders_watched_where_that_is_allowed()
    {
        await using var node = await TestNode.StartAsync(static options =>
        {
            var hardening = options.Hardening.UseStrict();
            (hardening.DenyFileAttributes, hardening.DenyFileWatching) = (false, false);
        });
        Assert.Contains("mode", (await node.Run(static () => FileIntruders.ChangeAttributes(Path.GetTempFileName()))).GetValueOrThrow());
        Assert.Contains("watcher", (await node.Run(static () => FileIntruders.Watch(Path.GetTempPath()))).GetValueOrThrow());
    }

    [LandlockFact]
    public async Task Objects_of_System_V_and_queues_of_others_cannot_be_used()
    {
        using var objects = new SystemVObjects();
        var (memory, semaphores, messages, queue) = (objects.Memory, objects.Semaphores, objects.Messages, objects.Queue);
        Assert.Empty((await Run(() => SystemVIntruders.Use(memory, semaphores, messages, queue))).GetValueOrThrow());
        await using var plain = await TestNode.StartAsync();
        var ways = (await plain.Run(() => SystemVIntruders.Use(memory, semaphores, messages, queue))).GetValueOrThrow();
        Assert.Equal(18, ways.Length);
    }

    [LandlockFact]
    public async Task A_job_that_a_filter_ended_names_the_options_that_set_it()
    {
        const int SegmentationFault = 11, BadSystemCall = 31;
        var exited = Assert.IsType<JobExited>((await Run(NativeExits.CallOfOtherArchitecture)).Failure);
        if (exited.Signal != SegmentationFault) // a kernel without such calls
            Assert.Equal(
                (BadSystemCall, true),
                (exited.Signal, exited.Message.Contains("because of DenyNetwork, DenyUnixSockets", StringComparison.Ordinal)));
    }

    [LandlockFact]
    public async Task A_job_finds_the_folder_of_no_other_worker()
    {
        var other = (await Run(static () => Path.GetTempPath())).GetValueOrThrow();
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(other))!;
        Assert.Equal("UnauthorizedAccessException", (await Run(() => Listing(parent))).GetValueOrThrow());
        Assert.True(Guid.TryParse(Path.GetFileName(Path.TrimEndingDirectorySeparator(other)), out _), other);
    }

    [LandlockFact]
    public async Task No_space_is_reserved_beyond_the_limit_on_a_files_size()
    {
        Assert.Equal(0, (await Run(static () => FileIntruders.ReserveSpace(64 << 20))).GetValueOrThrow());
        Assert.Equal(
            4,
            (await Run(static () =>
            {
                var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = 64 << 20 };
                using var file = new FileStream(Path.Combine(Path.GetTempPath(), "preallocated"), options);
                file.Write([1, 2, 3, 4]);
                return file.Length;
            })).GetValueOrThrow());
    }

    private static string Listing(string folder)
    {
        try
        {
            return string.Join(' ', Directory.GetFileSystemEntries(folder));
        }
        catch (UnauthorizedAccessException exception)
        {
            return exception.GetType().Name;
        }
    }

    private static int Compress()
    {
        using var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.BrotliStream(stream, System.IO.Compression.CompressionLevel.Fastest))
            zip.Write("abc"u8);
        return stream.ToArray().Length;
    }

    private Task<JobOutcome<T>> Run<T>(Func<T> function) => Node.Run(function, Limits);

    private Task<JobOutcome> Run(Action function) => Node.Run(function, Limits);
}
