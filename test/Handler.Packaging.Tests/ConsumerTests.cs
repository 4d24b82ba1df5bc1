using Xunit;

namespace Handler.Packaging.Tests;

[Collection(nameof(PackedFeed))]
public sealed class ConsumerTests(PackedFeed feed)
{
    [Fact]
    public async Task The_package_runs_jobs_in_a_new_console_application_also_when_published_and_moved()
    {
        var project = await feed.MakeAsync("console");
        await Command.RunAsync("dotnet", project, "build", "-c", "Release", "-v", "q");
        RequireAnswers(await Command.RunAsync("dotnet", project, "run", "-c", "Release", "--no-build"));

        await Command.RunAsync("dotnet", project, "publish", "--no-build", "-v", "q", "-o", Path.Combine(project, "out"));
        var moved = Move(project, "out", "console-moved");
        RequireAnswers(await Command.RunAsync("dotnet", feed.Root, Path.Combine(moved, "console.dll")));
        RequireAnswers(await Command.RunAsync(Path.Combine(moved, "console"), feed.Root));
    }

    [Fact]
    public async Task The_package_runs_jobs_in_a_self_contained_application()
    {
        var project = await feed.MakeAsync("contained");
        await Command.RunAsync("dotnet", project, "publish", "-v", "q", "--self-contained", "-o", Path.Combine(project, "out"));
        var moved = Move(project, "out", "contained-moved");
        RequireAnswers(await Command.RunAsync(Path.Combine(moved, "contained"), feed.Root));
    }

    [Fact]
    public async Task The_package_runs_jobs_in_a_single_file()
    {
        var project = await feed.MakeAsync("single");
        await Command.RunAsync("dotnet", project, "publish", "-v", "q", "-p:PublishSingleFile=true", "--no-self-contained", "-p:DebugType=embedded", "-o", Path.Combine(project, "out"));
        var moved = Move(project, "out", "single-moved");
        Assert.DoesNotContain(Directory.EnumerateFiles(moved), file => file.EndsWith(".dll", StringComparison.Ordinal));
        RequireAnswers(await Command.RunAsync(Path.Combine(moved, "single"), feed.Root));
    }

    [Fact]
    public async Task A_project_reference_runs_jobs()
    {
        var core = Path.Combine(PackedFeed.Repository, "src", "Handler.Core", "Handler.Core.csproj");
        var project = await feed.MakeAsync("referring", $"""<ProjectReference Include="{core}" />""");
        await Command.RunAsync("dotnet", project, "build", "-c", "Release", "-v", "q");
        RequireAnswers(await Command.RunAsync("dotnet", project, "run", "-c", "Release", "--no-build"));
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
