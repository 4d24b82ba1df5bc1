using System.Diagnostics;
using System.Xml.Linq;

namespace Handler.Packaging.Tests;

/// <summary>Applications that refer to the package.</summary>
[Collection(nameof(PackedFeed))]
public sealed class PackageConsumerTests(PackedFeed feed) : ConsumerTests(feed)
{
    /// <summary>A worker needs the methods, types and members that trimming removes.</summary>
    [Theory]
    [InlineData("publish", "PublishTrimmed")]
    [InlineData("publish", "PublishAot")]
    [InlineData("build", "PublishAot")]
    public async Task An_application_that_is_trimmed_or_compiled_ahead_of_time_does_not_build(string command, string property)
    {
        var project = await feed.MakeAsync(command + property);
        await Command.RunAsync("dotnet", project, "restore"); // without the property, which would need the compilers
        var (code, output, errors) = await Command.TryAsync("dotnet", project, command, "--no-restore", $"-p:{property}=true");
        Assert.NotEqual(0, code);
        Assert.Contains(
            "error HANDLER001: Handler cannot run jobs in an application that is trimmed or compiled ahead of time. "
                + "Set PublishTrimmed and PublishAot to false.",
            output + errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_web_application_runs_jobs()
    {
        var project = await feed.MakeAsync(
            "web",
            sdk: "Microsoft.NET.Sdk.Web",
            program: ConsumerFolder.WebProgram);
        await File.WriteAllTextAsync(Path.Combine(project, "appsettings.json"), ConsumerFolder.WebSettings);
        await Command.RunAsync("dotnet", project, "build", "-v", "q");
        RequireResults(await Command.RunAsync("dotnet", project, "run", "--no-build"));
    }

    [Fact]
    public async Task A_silo_and_a_client_run_jobs()
    {
        var project = await feed.MakeAsync(
            "cluster",
            program: ConsumerFolder.ClusterProgram,
            references: feed.ReferenceTo("Handler.Silo") + feed.ReferenceTo("Handler.Client"));
        await Command.RunAsync("dotnet", project, "build", "-c", "Release", "-v", "q");
        var program = Path.Combine(project, "bin", "Release", "net10.0", "cluster.dll");
        var (siloPort, gatewayPort) = (FreePorts.Next(), FreePorts.Next());
        using var silo = Process.Start(
            new ProcessStartInfo("dotnet", [program, "silo", "--silo-port", $"{siloPort}", "--gateway-port", $"{gatewayPort}"])
            {
                WorkingDirectory = project,
                RedirectStandardOutput = true,
            }
        )!;
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            var line = await silo.StandardOutput.ReadLineAsync(patience.Token);
            while (line is not null && !line.Contains("takes jobs", StringComparison.Ordinal))
                line = await silo.StandardOutput.ReadLineAsync(patience.Token);

            Assert.Contains(
                "result: isolated warm worker",
                await Command.RunAsync("dotnet", project, program, $"{gatewayPort}"),
                StringComparison.Ordinal);
        }
        finally
        {
            silo.Kill(entireProcessTree: true);
            await silo.WaitForExitAsync();
        }
    }

    /// <summary>A user copies a program of the README into a new project, with the packages that the README names.</summary>
    [Theory]
    [InlineData("web", "Microsoft.NET.Sdk.Web", "Handler.Core")]
    [InlineData("quick-start", "Microsoft.NET.Sdk", "Handler.Core")]
    [InlineData("silo", "Microsoft.NET.Sdk", "Handler.Grains", "Microsoft.Orleans.Clustering.Redis", "Microsoft.Orleans.Persistence.Redis")]
    [InlineData("client", "Microsoft.NET.Sdk", "Handler.Client", "Microsoft.Orleans.Clustering.Redis")]
    public async Task A_program_of_the_readme_compiles_in_a_new_project(string snippet, string sdk, string package, params string[] others)
    {
        var project = await feed.MakeAsync(
            "readme-" + snippet,
            sdk,
            ReadmeTests.ProgramOf(snippet),
            feed.ReferenceTo(package) + string.Concat(others.Select(OrleansReference)));
        await Command.RunAsync("dotnet", project, "build", "-v", "q");
    }

    [Fact]
    public async Task The_tool_can_be_installed_and_checks_the_machine()
    {
        await Command.RunAsync(
            "dotnet",
            feed.Root,
            "tool",
            "install",
            "Handler.Cli",
            "--version",
            feed.Version,
            "--tool-path",
            Path.Combine(feed.Root, "tools"));
        Assert.Contains(
            "operating system",
            await Command.RunAsync(Path.Combine(feed.Root, "tools", "handler"), feed.Root, "doctor"),
            StringComparison.Ordinal);
    }

    /// <summary>A reference to a package of Orleans, in the version that this repository uses.</summary>
    private static string OrleansReference(string package)
    {
        var versions = XDocument.Load(Path.Combine(ConsumerFolder.Repository, "Directory.Packages.props"));
        var version = versions.Descendants("PackageVersion").Single(each => each.Attribute("Include")!.Value == package);
        return $"""<PackageReference Include="{package}" Version="{version.Attribute("Version")!.Value}" />""";
    }
}
