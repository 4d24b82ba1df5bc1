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
    public async Task An_application_that_is_trimmed_or_compiled_with_NativeAOT_does_not_build(string command, string property)
    {
        var project = await feed.MakeAsync(command + property);
        await Command.RunAsync("dotnet", project, "restore"); // without the property, which would need the compilers
        await RequireRefusalAsync(project, command, "--no-restore", $"-p:{property}=true");
    }

    [Fact]
    public async Task A_native_library_does_not_build()
    {
        var project = await feed.MakeAsync("native-library");
        await Command.RunAsync("dotnet", project, "restore");
        await RequireRefusalAsync(project, "build", "--no-restore", "-p:OutputType=Library", "-p:PublishAot=true");
    }

    /// <summary>The SDK sets PublishAot for such an app.</summary>
    [Fact]
    public async Task A_file_based_app_runs_jobs_only_if_it_is_not_compiled_with_NativeAOT()
    {
        var folder = Directory.CreateDirectory(Path.Combine(feed.Root, "file-based")).FullName;
        var package = $"#:package Handler.Core@{feed.Version}\n";
        await File.WriteAllTextAsync(Path.Combine(folder, "refused.cs"), package + ConsumerFolder.ConsoleProgram);
        await Command.RunAsync("dotnet", folder, "restore", "refused.cs", "-p:PublishAot=false");
        await RequireRefusalAsync(folder, "build", "refused.cs", "--no-restore");

        var line = "#:property PublishAot=false\n";
        await File.WriteAllTextAsync(Path.Combine(folder, "accepted.cs"), package + line + ConsumerFolder.ConsoleProgram);
        RequireResults(await Command.RunAsync("dotnet", folder, "run", "accepted.cs"));
    }

    /// <summary>An application may share a library of jobs with others, and run none itself.</summary>
    [Fact]
    public async Task An_application_that_runs_no_jobs_itself_may_be_trimmed()
    {
        var project = await feed.MakeAsync(
            "shares-functions",
            program: """
                using Handler;

                Console.WriteLine("called directly: " + Shared.Twice(21));

                public static class Shared
                {
                    [JobFunction("twice")]
                    public static int Twice(int number) => 2 * number;
                }
                """);
        var output = Path.Combine(project, "out");
        string[] properties = ["-p:PublishTrimmed=true", "-p:HandlerAllowTrimming=true"];
        await Command.RunAsync("dotnet", project, ["publish", "-v", "q", "-r", "linux-x64", "-o", output, .. properties]);
        Assert.Contains(
            "called directly: 42",
            await Command.RunAsync(Path.Combine(output, "shares-functions"), project),
            StringComparison.Ordinal);
    }

    [Fact]
    public Task A_ReadyToRun_application_runs_jobs()
        => A_published_application_runs_jobs_after_it_is_moved("-p:PublishReadyToRun=true -r linux-x64 --no-self-contained");

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

    private static async Task RequireRefusalAsync(string folder, params string[] arguments)
    {
        var (code, output, errors) = await Command.TryAsync("dotnet", folder, arguments);
        Assert.NotEqual(0, code);
        Assert.Contains(
            "error HANDLER001: Handler cannot run jobs in an application that is trimmed or compiled with NativeAOT. "
                + "Set PublishTrimmed and PublishAot to false. "
                + "In a file-based app, add the line \"#:property PublishAot=false\". "
                + "If this application runs no jobs itself, set HandlerAllowTrimming to true.",
            output + errors,
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
