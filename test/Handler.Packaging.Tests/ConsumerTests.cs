namespace Handler.Packaging.Tests;

/// <summary>Applications run their jobs after they are built, published and moved.</summary>
public abstract class ConsumerTests(ConsumerFolder folder)
{
    [Fact]
    public async Task A_new_console_application_runs_jobs()
    {
        var project = await folder.MakeAsync("console");
        await Command.RunAsync("dotnet", project, "build", "-c", "Release", "-v", "q");
        RequireResults(await Command.RunAsync("dotnet", project, "run", "-c", "Release", "--no-build"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-r linux-x64")]
    [InlineData("--self-contained")]
    [InlineData("-p:PublishSingleFile=true --no-self-contained")]
    public async Task A_published_application_runs_jobs_after_it_is_moved(string options)
    {
        var name = "published" + Math.Abs(options.GetHashCode(StringComparison.Ordinal));
        var project = await folder.MakeAsync(name);
        await Command.RunAsync(
            "dotnet",
            project,
            [
                "publish",
                "-c",
                "Release",
                "-v",
                "q",
                "-o",
                Path.Combine(project, "out"),
                .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ]);
        var moved = Move(project, "out", name + "-moved");
        Assert.Equal(options.Contains("SingleFile", StringComparison.Ordinal), !Directory.EnumerateFiles(moved, "*.dll").Any());
        RequireResults(await Command.RunAsync(Path.Combine(moved, name), folder.Root));
        if (options.Length == 0)
            RequireResults(await Command.RunAsync("dotnet", folder.Root, Path.Combine(moved, name + ".dll")));
    }

    internal static void RequireResults(string output)
    {
        Assert.Contains("result: isolated warm worker", output, StringComparison.Ordinal);
        Assert.Contains("Took more than 50ms to complete", output, StringComparison.Ordinal);
        Assert.Contains("Process tried to use more than 4096 bytes of memory", output, StringComparison.Ordinal);
    }

    private string Move(string project, string from, string to)
    {
        var target = Path.Combine(folder.Root, to);
        Directory.Move(Path.Combine(project, from), target);
        Directory.Delete(project, recursive: true);
        return target;
    }
}
