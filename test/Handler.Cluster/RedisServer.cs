using System.Globalization;
using Handler.Shared;

namespace Handler.Cluster;

/// <summary>
/// A redis-server of the tests on a free port. Its data is kept in a temporary directory, also when it is killed and started again.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("handler-redis-");
    private ChildProcess? process;

    private RedisServer() => Port = FreePorts.Next();

    public int Port { get; }

    /// <summary>The address, in the format that StackExchange.Redis and the silos accept.</summary>
    public string Address => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer();
        await server.RestartAsync();
        return server;
    }

    /// <summary>Starts the server again, with its data.</summary>
    /// <exception cref="InvalidOperationException">redis-server is not installed.</exception>
    public async Task RestartAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = new ChildProcess(
            "redis-server",
            [
                "--port",
                Port.ToString(CultureInfo.InvariantCulture),
                "--bind",
                "127.0.0.1",
                "--dir",
                directory.FullName,
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
                "--daemonize",
                "no",
            ],
            [],
            directory.FullName);
        try
        {
            await process.WaitForLineAsync("Ready to accept connections");
        }
        catch (InvalidOperationException) when (process.ExitCode == ChildProcess.NotFound)
        {
            throw new InvalidOperationException("These tests need redis-server, which is not installed: apt-get install redis-server.");
        }
    }

    /// <summary>Stops the server: connections stay open, and no request gets a reply.</summary>
    public void Stop() => process!.Signal(Signals.Stop);

    public void Continue() => process!.Signal(Signals.Continue);

    public async Task KillAsync()
    {
        process!.Signal(Signals.Kill);
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        directory.Delete(recursive: true);
    }
}
