namespace Handler.Packaging.Tests;

/// <summary>A folder for applications that all refer to the handler in the same way.</summary>
public abstract class ConsumerFolder : IAsyncLifetime
{
    public string Root { get; } = Directory.CreateTempSubdirectory("handler-packaging-").FullName;

    public string Feed => Path.Combine(Root, "feed");

    public static string Repository { get; } = FindRepository();

    /// <summary>How its projects refer to the handler.</summary>
    protected abstract string Reference { get; }

    public virtual async Task InitializeAsync()
    {
        Directory.CreateDirectory(Feed);
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(cache);

        // New packages go to a separate folder. Packages that the machine already has are used from where they are.
        await File.WriteAllTextAsync(
            Path.Combine(Root, "NuGet.config"),
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(Root, "packages")}" /></config>
              <fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>
              <packageSources><add key="packed" value="{Feed}" /></packageSources>
            </configuration>
            """);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Creates a new project in its own directory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sdk">The project's SDK.</param>
    /// <param name="references">Its references; <see langword="null"/> for the handler alone.</param>
    public async Task<string> MakeAsync(
        string name,
        string sdk = "Microsoft.NET.Sdk",
        string program = ConsoleProgram,
        string? references = null)
    {
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
              <ItemGroup>{references ?? Reference}</ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(directory, "Program.cs"), program);
        return directory;
    }

    /// <summary>A plain Main with one job that completes, one that runs too long, and one that uses too much memory.</summary>
    public const string ConsoleProgram = """
        using Handler;

        internal static class Program
        {
            private static async Task<int> Main()
            {
                await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 2);
                var words = new List<string> { "isolated", "warm", "worker" };
                var joined = await handler.RunAsync(() => new Result(Environment.ProcessId, string.Join(' ', words)));
                var slow = await handler.RunAsync(() => { while (true) ; }, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) });
                var large = await handler.RunAsync(
                    () => Enumerable.Range(1, 10_000).Select(x => x * 100).ToList(),
                    new JobLimits { MaxHeapBytes = 4096 });
                if (joined.TryGetValue(out var result) && result.ProcessId != Environment.ProcessId)
                    Console.WriteLine("result: " + result.Text);
                Console.WriteLine(joined.Message);
                Console.WriteLine(slow.Message);
                Console.WriteLine(large.Message);
                return 0;
            }
        }

        public sealed record Result(int ProcessId, string Text);
        """;

    public const string WebSettings = """
        { "Handler": { "MaxWorkers": 2, "Pools": { "customers": { "MaxWorkers": 2, "MaxMemoryBytes": "200MiB" } } } }
        """;

    /// <summary>A web application whose endpoints run jobs in a pool from its configuration, and its own client.</summary>
    public const string WebProgram = """
        using Handler;

        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddHandler();
        var app = builder.Build();
        app.MapGet("/join", async (string words, IHandler handler, CancellationToken cancellationToken) =>
        {
            var outcome = await handler.GetPool("customers").RunAsync(
                () => new Joined(Environment.ProcessId, string.Join(' ', words.Split('-'))), null, cancellationToken);
            return outcome.TryGetValue(out var result) && result.ProcessId != Environment.ProcessId
                ? Results.Text("result: " + result.Text)
                : Results.Problem(outcome.Message);
        });
        app.MapGet("/slow", async (IHandler handler) => (await handler.GetPool("customers").RunAsync(
            () => { while (true) ; }, new JobOptions { Timeout = TimeSpan.FromMilliseconds(50) })).Message);
        app.MapGet("/large", async (IHandler handler) => (await handler.GetPool("customers").RunAsync(
            () => Enumerable.Range(1, 10_000).Select(x => x * 100).ToList(), new JobOptions { MaxHeapBytes = 4096 })).Message);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        foreach (var path in new[] { "/join?words=isolated-warm-worker", "/slow", "/large" })
            Console.WriteLine(await client.GetStringAsync(path));
        await app.StopAsync();

        public sealed record Joined(int ProcessId, string Text);
        """;

    /// <summary>A silo; with other arguments, a client that runs a job on it.</summary>
    public const string ClusterProgram = """
        using Handler;
        using Handler.Silo;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;
        using Microsoft.Extensions.Logging;
        using Orleans.Hosting;

        internal static class Program
        {
            private static async Task<int> Main(string[] args)
            {
                if (args is ["silo", .. var settings])
                    return await SiloHost.RunAsync(settings);
                var builder = Host.CreateApplicationBuilder();
                builder.Logging.ClearProviders();
                builder.UseOrleansClient(client =>
                    client.UseLocalhostClustering(int.Parse(args[0]), serviceId: "handler", clusterId: "handler"));
                builder.Services.AddHandlerClient();
                using var host = builder.Build();
                await host.StartAsync();
                var handler = host.Services.GetRequiredService<IHandler>();
                var words = new List<string> { "isolated", "warm", "worker" };
                var joined = (await handler.RunAsync(() => (Environment.ProcessId, Text: string.Join(' ', words)))).GetValueOrThrow();
                Console.WriteLine(joined.ProcessId != Environment.ProcessId ? "result: " + joined.Text : "not in a worker");
                await handler.DisposeAsync();
                await host.StopAsync();
                return 0;
            }
        }
        """;

    private static string FindRepository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Handler.Orleans.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"No Handler.Orleans.sln above {AppContext.BaseDirectory}.");
    }
}
