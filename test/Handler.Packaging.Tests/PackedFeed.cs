namespace Handler.Packaging.Tests;

/// <summary>
/// The packages of this repository, packed once into a folder that serves as a feed, and applications that refer to them.
/// </summary>
[CollectionDefinition(nameof(PackedFeed))]
public sealed class PackedFeed : ConsumerFolder, ICollectionFixture<PackedFeed>
{
    /// <summary>All packages. Each one follows the packages that it refers to.</summary>
    public static readonly IReadOnlyList<string> Packages =
    [
        "Handler.Worker",
        "Handler.Core",
        "Handler.Grains.Abstractions",
        "Handler.Client",
        "Handler.Grains",
        "Handler.Tls",
        "Handler.Silo",
        "Handler.Cli",
    ];

    /// <summary>No other build has this version, so no cache can hold it.</summary>
    public string Version { get; } = $"0.1.0-test.{Environment.ProcessId}.{Environment.TickCount64}";

    protected override string Reference => ReferenceTo("Handler.Core");

    /// <summary>The project element that refers to a package of this feed.</summary>
    public string ReferenceTo(string package) => $"""<PackageReference Include="{package}" Version="{Version}" />""";

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var package in Packages)
            await Command.RunAsync(
                "dotnet",
                Repository,
                "pack",
                Path.Combine("src", package),
                "-c",
                "Release",
                "-v",
                "q",
                "-o",
                Feed,
                $"-p:PackageVersion={Version}");
    }
}
