using Xunit;

namespace Handler.Packaging.Tests;

[Collection(nameof(PackedFeed))]
public sealed class ConsumerTests(PackedFeed feed)
{
    /// <summary>How applications are published, and whether they refer to the package or to the project.</summary>
    public static TheoryData<string, bool> Publications
    {
        get
        {
            var publications = new TheoryData<string, bool>();
            foreach (var options in (string[])["", "-r linux-x64", "--self-contained", "-p:PublishSingleFile=true --no-self-contained"])
            {
                publications.Add(options, true);
                publications.Add(options, false);
            }

            publications.Add("-p:PublishSingleFile=true --self-contained", false);
            return publications;
        }
    }

    [Fact]
    public async Task The_package_runs_jobs_in_a_new_console_application()
    {
        var project = await feed.MakeAsync("console");
        await Command.RunAsync("dotnet", project, "build", "-c", "Release", "-v", "q");
        RequireAnswers(await Command.RunAsync("dotnet", project, "run", "-c", "Release", "--no-build"));
    }

    [Fact]
    public async Task A_reference_to_the_project_runs_jobs_in_a_new_console_application()
    {
        var project = await feed.MakeAsync("referring", feed.ProjectReference());
        await Command.RunAsync("dotnet", project, "build", "-c", "Release", "-v", "q");
        RequireAnswers(await Command.RunAsync("dotnet", project, "run", "-c", "Release", "--no-build"));
    }

    [Theory]
    [MemberData(nameof(Publications))]
    public async Task A_published_application_runs_jobs_wherever_it_is_moved(string options, bool byPackage)
    {
        var name = "published" + Math.Abs(HashCode.Combine(options, byPackage));
        var project = await feed.MakeAsync(name, byPackage ? null : feed.ProjectReference());
        await Command.RunAsync("dotnet", project, ["publish", "-c", "Release", "-v", "q", "-o", Path.Combine(project, "out"), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        var moved = Move(project, "out", name + "-moved");
        Assert.Equal(options.Contains("SingleFile", StringComparison.Ordinal), !Directory.EnumerateFiles(moved, "*.dll").Any());
        RequireAnswers(await Command.RunAsync(Path.Combine(moved, name), feed.Root));
        if (options.Length == 0)
            RequireAnswers(await Command.RunAsync("dotnet", feed.Root, Path.Combine(moved, name + ".dll")));
    }

    [Fact]
    public async Task The_package_runs_jobs_in_a_web_application()
    {
        var project = await feed.MakeAsync(
            "web",
            sdk: "Microsoft.NET.Sdk.Web",
            program: PackedFeed.ConsoleProgram.Replace(
                "await using var handler",
                "await using var app = Microsoft.AspNetCore.Builder.WebApplication.CreateBuilder().Build();\n        await using var handler",
                StringComparison.Ordinal));
        await Command.RunAsync("dotnet", project, "build", "-v", "q");
        RequireAnswers(await Command.RunAsync("dotnet", project, "run", "--no-build"));
    }

    private static void RequireAnswers(string output)
    {
        Assert.Contains("answer: isolated warm worker", output, StringComparison.Ordinal);
        Assert.Contains("Took more than 50ms to complete", output, StringComparison.Ordinal);
        Assert.Contains("Process tried to use more than 4096 bytes of memory", output, StringComparison.Ordinal);
    }

    private string Move(string project, string from, string to)
    {
        var target = Path.Combine(feed.Root, to);
        Directory.Move(Path.Combine(project, from), target);
        Directory.Delete(project, recursive: true);
        return target;
    }
}
