using Handler.Abuse;

namespace Handler.Tests;

/// <summary>
/// The environment of jobs in hosts with a special setup, and starts that fail with a clear message instead of a failure of each job.
/// </summary>
public sealed class JobSurroundingsTests
{
    private const int Nobody = 65534;

    private static readonly string[] CultureData =
    [
        .. new[] { "/usr/lib", "/usr/lib64", "/lib" }
            .Where(Directory.Exists)
            .SelectMany(folder =>
                Directory.EnumerateFiles(
                    folder,
                    "libicu*.so*",
                    new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        MaxRecursionDepth = 1,
                        IgnoreInaccessible = true,
                    }))
            .Where(file => File.ResolveLinkTarget(file, true) is null)
            .Distinct(),
    ];

    private static Surroundings WithCultures(params (string Name, string Value)[] variables)
        => new()
        {
            Environment = variables
                .Append(("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", null!))
                .ToDictionary(each => each.Item1, each => (string?)each.Item2),
        };

    [SurroundingsFact(needsNamespaces: true)]
    public async Task Jobs_run_if_host_and_worker_lack_the_data_for_cultures()
        => Assert.Contains("value: 2", await SpecialHost.RunAsync<UsualJobs>(new Surroundings { HiddenFiles = CultureData }));

    [SurroundingsFact(needsNamespaces: true)]
    public async Task A_start_fails_with_the_reason_if_the_culture_data_is_missing()
    {
        var lines = await SpecialHost.RunAsync<JobSurroundings>(
            new Surroundings { HiddenFiles = CultureData },
            "start",
            "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false");
        Assert.Contains("did not become ready", lines[0]);
        Assert.Contains(lines, line => line.Contains("ICU"));
    }

    [SurroundingsFact(needsNamespaces: true)]
    public async Task A_start_fails_with_the_reason_if_proc_shows_another_process_namespace()
        => Assert.Contains(
            "Handler needs the /proc of its own process namespace: here this process is 1, and /proc says",
            (await SpecialHost.RunAsync<JobSurroundings>(new Surroundings { HasProcOfOthers = true }, "start"))[0]);

    /// <summary>The runtime itself needs files of any size, unless its double mapping of code is turned off.</summary>
    [Fact]
    public async Task A_start_fails_with_the_reason_if_the_file_size_limit_is_too_small()
    {
        var small = new Surroundings
        {
            MaxFileBytes = 65_536,
            Environment = new Dictionary<string, string?> { ["DOTNET_EnableWriteXorExecute"] = "0" },
        };
        Assert.Contains(
            "this process may not have files larger than 65536 bytes (RLIMIT_FSIZE, ulimit -f)",
            (await SpecialHost.RunAsync<JobSurroundings>(small, "start"))[0]);
    }

    [CulturesFact]
    public async Task Jobs_run_in_the_culture_of_the_environment()
        => Assert.Equal(["de-DE 1,5"], await SpecialHost.RunAsync<JobSurroundings>(WithCultures(("LC_ALL", "de_DE.UTF-8")), "culture"));

    [CulturesFact]
    public async Task Jobs_run_in_the_default_culture_of_their_host_on_all_threads()
        => Assert.Equal(
            ["de-DE de-DE 1,5 fr-FR", "de-DE de-DE 1,5 fr-FR"],
            await SpecialHost.RunAsync<JobSurroundings>(WithCultures(), "host culture"));

    [CulturesFact]
    public async Task Cultures_and_their_comparers_are_sent_by_name()
    {
        var lines = await SpecialHost.RunAsync<CultureNames>(WithCultures(), "travel");
        Assert.Equal(["1,5 zh-CN apfel Ärger zebra", "fr-FR", "apfel Ärger zebra"], lines[..3]);
        Assert.Contains("\"qqq-ZZ\" is not in this machine's list of cultures", lines[3]);
        Assert.Contains("sorts in another way", lines[5]);
        Assert.All(lines[3..], line => Assert.Contains("inside the function", line));
    }

    [CulturesFact]
    public async Task A_forged_result_cannot_make_the_runtime_cache_cultures_that_the_machine_does_not_list()
        => Assert.Equal(["forged: 0", "known: 2"], await SpecialHost.RunAsync<CultureNames>(WithCultures(), "forged"));

    [Fact]
    public async Task Jobs_run_in_the_directory_in_which_the_host_started_its_node_or_in_the_root_if_it_is_gone()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (Directory.CreateDirectory(folder.File("first")).FullName,
            Directory.CreateDirectory(folder.File("second")).FullName);
        var lines = await SpecialHost.RunAsync<JobSurroundings>(Surroundings.Usual, "directory", first, second);
        Assert.Equal([first, first, first], lines[..3]);
        Assert.Equal("/", lines[^1]);
    }

    [Fact]
    public async Task The_folder_of_the_application_may_have_any_name()
    {
        using var folder = new TemporaryFolder();
        var application = CopyApplication(folder.File("a;b c%20é \"'$\nx;"));
        Assert.Contains("value: 2", await SpecialHost.RunAsync<UsualJobs>(new Surroundings { Application = application }));
    }

    [Fact]
    public async Task Jobs_wait_while_the_worker_program_is_missing_and_none_is_lost()
    {
        using var folder = new TemporaryFolder();
        var application = CopyApplication(folder.File("application"));
        Assert.Equal(["completed: 50"], await SpecialHost.RunAsync<MovedWorker>(new Surroundings { Application = application }));
    }

    [Fact]
    public async Task A_start_fails_with_the_reason_if_the_deps_file_is_missing()
    {
        using var folder = new TemporaryFolder();
        var application = CopyApplication(folder.File("application"));
        File.Delete(Path.ChangeExtension(application, ".deps.json"));
        var lines = await SpecialHost.RunAsync<JobSurroundings>(new Surroundings { Application = application }, "start");
        Assert.Contains("Handler.Abuse.deps.json", lines[0]);
        Assert.DoesNotContain("started", lines);
    }

    [RootFact]
    public async Task A_start_fails_and_names_user_and_folder_if_the_user_cannot_read_the_application()
    {
        using var folder = new TemporaryFolder(); // only its owner may access it
        var application = CopyApplication(folder.File("application"));
        var lines = await SpecialHost.RunAsync<JobSurroundings>(
            new Surroundings { Application = application },
            "start",
            $"UserId={Nobody}");
        Assert.Contains($"user {Nobody}", lines[0]);
        Assert.Contains(Path.GetDirectoryName(application)!, lines[0]);
        Assert.Contains("permission", lines[0], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("started", lines);
    }

    [RootFact]
    public async Task A_start_fails_and_names_user_and_folder_if_the_user_cannot_write_temporary_files()
    {
        using var folder = new TemporaryFolder();
        var lines = await SpecialHost.RunAsync<JobSurroundings>(Surroundings.Usual, "start", $"UserId={Nobody}", $"TMPDIR={folder.Path}");
        Assert.Contains($"user {Nobody}", lines[0]);
        Assert.Contains($"cannot write to {folder.Path}", lines[0]);
    }

    [RootFact]
    public async Task A_worker_of_another_user_does_not_get_the_home_of_the_host()
    {
        var lines = await SpecialHost.RunAsync<JobSurroundings>(
            new Surroundings { Environment = new Dictionary<string, string?> { ["HOME"] = "/root" } },
            "start",
            $"UserId={Nobody}");
        Assert.DoesNotContain("/root", lines[0]);
        Assert.Contains("started", lines);
    }

    [RootFact]
    public async Task A_protected_host_cannot_be_read_by_jobs_of_the_same_user()
    {
        var lines = await SpecialHost.RunAsync<JobSurroundings>(new Surroundings { UserId = Nobody }, "protected");
        Assert.Contains("denied", lines[0]);
        Assert.Equal(["True", "True"], lines[1..]);
    }

    /// <returns>The path of the copy's program.</returns>
    private static string CopyApplication(string target)
    {
        var program = typeof(Abuse.Program).Assembly.Location;
        Directory.CreateDirectory(target);
        foreach (var file in Directory
                .EnumerateFiles(Path.GetDirectoryName(program)!, "Handler.*")
                .Concat(Directory.EnumerateFiles(Path.GetDirectoryName(program)!, "Microsoft.Extensions.*")))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return Path.Combine(target, Path.GetFileName(program));
    }

    private sealed class CulturesFactAttribute : FactAttribute
    {
        public CulturesFactAttribute() => Skip = CultureData.Length > 0 ? null : "this machine has no data for cultures (ICU)";
    }

    private sealed class RootFactAttribute : FactAttribute
    {
        public RootFactAttribute() => Skip = Environment.IsPrivilegedProcess ? null : "only root can change users";
    }
}
