using Xunit;

namespace Handler.Packaging.Tests;

/// <summary>The packages of this repository, packed once into a folder that serves as a feed, and a place for consumers.</summary>
[CollectionDefinition(nameof(PackedFeed))]
public sealed class PackedFeed : IAsyncLifetime, ICollectionFixture<PackedFeed>
{
    /// <summary>No other build has this version, so no cache can hold it.</summary>
    public string Version { get; } = $"0.1.0-test.{Environment.ProcessId}.{Environment.TickCount64}";

    public string Root { get; } = Directory.CreateTempSubdirectory("handler-packaging-").FullName;

    public string Feed => Path.Combine(Root, "feed");

    private string Sources => Path.Combine(Root, "sources");

    public static string Repository { get; } = FindRepository();

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Feed);
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(cache);

        // New packages go to a folder of their own; what the machine has already serves from where it is.
        await File.WriteAllTextAsync(
            Path.Combine(Root, "NuGet.config"),
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(Root, "packages")}" /></config>
              <fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>
              <packageSources><add key="packed" value="{Feed}" /></packageSources>
            </configuration>
            """);
        await PackAsync("Handler.Core");
        await CopySourcesAsync();
    }

    /// <summary>A reference to the project in a copy of this repository that nobody has built: what a clean clone is.</summary>
    public string ProjectReference() => $"""<ProjectReference Include="{Path.Combine(Sources, "src", "Handler.Core", "Handler.Core.csproj")}" />""";

    public Task DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return Task.CompletedTask;
    }

    public Task<string> PackAsync(string project)
        => Command.RunAsync("dotnet", Repository, "pack", Path.Combine("src", project), "-c", "Release", "-v", "q", "-o", Feed, $"-p:PackageVersion={Version}");

    /// <summary>Makes a new project in a directory of its own.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="reference">How it refers to the handler; by default by its package.</param>
    /// <param name="sdk">The project's SDK.</param>
    public async Task<string> MakeAsync(string name, string? reference = null, string sdk = "Microsoft.NET.Sdk", string program = ConsoleProgram)
    {
        reference ??= $"""<PackageReference Include="Handler.Core" Version="{Version}" />""";
        var directory = Path.Combine(Root, name);
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(
            Path.Combine(directory, name + ".csproj"),
            $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>{reference}</ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(directory, "Program.cs"), program);
        return directory;
    }

    /// <summary>A plain Main: one job that completes, one that runs too long, one that takes too much memory.</summary>
    public const string ConsoleProgram = """
        using Handler;

        internal static class Program
        {
            private static async Task<int> Main()
            {
                await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 2);
                var words = new List<string> { "isolated", "warm", "worker" };
                var joined = await handler.RunAsync(() => new Answer(Environment.ProcessId, string.Join(' ', words)));
                var slow = await handler.RunAsync(() => { while (true) ; }, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) });
                var large = await handler.RunAsync(() => Enumerable.Range(1, 10_000).Select(x => x * 100).ToList(), new JobLimits { MaxHeapBytes = 4096 });
                if (joined is Completed<Answer> { Value: var answer } && answer.ProcessId != Environment.ProcessId)
                    Console.WriteLine("answer: " + answer.Text);
                Console.WriteLine(joined.Message);
                Console.WriteLine(slow.Message);
                Console.WriteLine(large.Message);
                return 0;
            }
        }

        public sealed record Answer(int ProcessId, string Text);
        """;

    /// <summary>Only what git knows or would add: no outputs, no caches.</summary>
    private async Task CopySourcesAsync()
    {
        var files = await Command.RunAsync("git", Repository, "ls-files", "--cached", "--others", "--exclude-standard", "--", "src", "Directory.*", ".editorconfig", "README.md", "LICENSE");
        foreach (var file in files.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(Repository, file))))
        {
            var copy = Path.Combine(Sources, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Repository, file), copy);
        }
    }

    private static string FindRepository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Handler.Orleans.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"No Handler.Orleans.sln above {AppContext.BaseDirectory}.");
    }
}
