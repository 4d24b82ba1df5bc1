namespace Handler.Packaging.Tests;

/// <summary>Applications that refer to the project.</summary>
[Collection(nameof(CopiedSources))]
public sealed class ProjectConsumerTests(CopiedSources sources) : ConsumerTests(sources)
{
    [Fact]
    public Task A_self_contained_single_file_application_runs_jobs()
        => A_published_application_runs_jobs_after_it_is_moved("-p:PublishSingleFile=true --self-contained");

    /// <summary>A reference to the project brings no target that refuses it.</summary>
    [Fact]
    public async Task A_trimmed_application_fails_with_a_message_that_says_how_to_publish_it()
    {
        var project = await sources.MakeAsync("trimmed");
        var folder = Path.Combine(project, "out");
        await File.WriteAllTextAsync(
            Path.Combine(project, "Directory.Build.props"),
            "<Project><PropertyGroup><PublishTrimmed>true</PublishTrimmed></PropertyGroup></Project>");
        await Command.RunAsync("dotnet", project, "publish", "-v", "q", "-r", "linux-x64", "-o", folder);
        var (code, output, errors) = await Command.TryAsync(Path.Combine(folder, "trimmed"), project);
        Assert.NotEqual(0, code);
        Assert.Contains("Publish it untrimmed", output + errors, StringComparison.Ordinal);
    }
}
