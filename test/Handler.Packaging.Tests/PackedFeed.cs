namespace Handler.Packaging.Tests;

/// <summary>The package of this repository, packed once into a folder that serves as a feed, and applications that refer to it.</summary>
[CollectionDefinition(nameof(PackedFeed))]
public sealed class PackedFeed : ConsumerFolder, ICollectionFixture<PackedFeed>
{
    /// <summary>No other build has this version, so no cache can hold it.</summary>
    public string Version { get; } = $"0.1.0-test.{Environment.ProcessId}.{Environment.TickCount64}";

    protected override string Reference => $"""<PackageReference Include="Handler.Core" Version="{Version}" />""";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Command.RunAsync("dotnet", Repository, "pack", Path.Combine("src", "Handler.Core"), "-c", "Release", "-v", "q", "-o", Feed, $"-p:PackageVersion={Version}");
    }
}
