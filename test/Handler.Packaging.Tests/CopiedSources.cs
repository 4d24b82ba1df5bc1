namespace Handler.Packaging.Tests;

/// <summary>An unbuilt copy of this repository, like a clean clone, and applications that refer to its project.</summary>
[CollectionDefinition(nameof(CopiedSources))]
public sealed class CopiedSources : ConsumerFolder, ICollectionFixture<CopiedSources>
{
    private string Sources => Path.Combine(Root, "sources");

    protected override string Reference
        => $"""<ProjectReference Include="{Path.Combine(Sources, "src", "Handler.Core", "Handler.Core.csproj")}" />""";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await CopySourcesAsync();
    }

    /// <summary>Copies only files that git tracks or would add: no build outputs, no caches.</summary>
    private async Task CopySourcesAsync()
    {
        var files = await Command.RunAsync(
            "git",
            Repository,
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            "src",
            "Directory.*",
            ".editorconfig",
            "README.md",
            "LICENSE");
        var paths = files.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var file in paths.Where(file => File.Exists(Path.Combine(Repository, file))))
        {
            var copy = Path.Combine(Sources, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Repository, file), copy);
        }
    }
}
