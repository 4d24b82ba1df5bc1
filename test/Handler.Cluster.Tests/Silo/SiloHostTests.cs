using System.Net;
using System.Net.Sockets;
using Handler.Hosting;
using Handler.Shared;
using Handler.Silo;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Handler.Cluster.Tests;

/// <summary>Conditions under which the program does not start.</summary>
public sealed class SiloHostTests
{
    [Theory]
    [InlineData("--redis", "")]
    [InlineData("--local", "--redis", "127.0.0.1:6379")]
    [InlineData("--silo-port", "70000")]
    [InlineData("--silo-port", "abc")]
    [InlineData("--silo-port", "20000", "--gateway-port", "20000")]
    [InlineData("--cluster-id", " ")]
    [InlineData("--max-memory", "8GB")]
    [InlineData("--max-memory", "1KiB")]
    public async Task An_invalid_command_line_exits_with_code_2(params string[] args) => Assert.Equal(2, await SiloHost.RunAsync(args));

    [Theory]
    [InlineData("Handler__MaxWorkers", "abc")]
    [InlineData("Handler__MaxWorkers", "0")]
    [InlineData("Handler__MaxWorker", "4")]
    [InlineData("Handler__Pools__customer__MaxWorkers", "many")]
    [InlineData("Handler__Pools__customer__DelegateTo", "missing")]
    [InlineData("Handler__Silo__Redis", ",abortConnect=maybe")]
    [InlineData("Handler__Silo__Redis", "password=secret")]
    [InlineData("Handler__Silo__Redis", ":")]
    [InlineData("Handler__Silo__Redis", ":6379")]
    [InlineData("Handler__Silo__Redis", "redis:many")]
    [InlineData("Handler__Silo__Redis", "redis:99999")]
    [InlineData("Handler__Silo__Redis", "127.0.0.1:1,password=ab,cd=secret")]
    [InlineData("Handler__Silo__Redis", "127.0.0.1:1,connectTimeout=secret")]
    [InlineData("Handler__Silo", "127.0.0.1:6379,password=secret")]
    [InlineData("Handler__Silo__Rediss", "127.0.0.1:6379")]
    [InlineData("Handler__Silo__DrainTimeout", "soon")]
    [InlineData("Handler__Silo__DrainTimeout", "-00:00:01")]
    [InlineData("Handler__Silo__SiloPort", "many")]
    [InlineData("Handler__Silo__SiloPort", "0")]
    [InlineData("Handler__Silo__MaxMemoryBytes", "8GB")]
    [InlineData("Handler__Silo__Tls", "secret")]
    [InlineData("Handler__Silo__Tls__CertificatPath", "silo.pem")]
    public async Task An_invalid_setting_exits_with_code_2_and_is_named(string variable, string value)
    {
        var error = new StringWriter();
        var code = await SiloHost.RunAsync([], null, [new(variable.Replace("__", ":", StringComparison.Ordinal), value)], error);
        AssertRefused(code, error.ToString(), variable.Split("__")[^1]);
    }

    [Fact]
    public async Task All_errors_in_the_settings_of_the_silo_host_are_reported()
    {
        var error = new StringWriter();
        var code = await SiloHost.RunAsync(
            ["--silo-port", "70000"],
            null,
            [new("Handler:Silo:Rediss", "secret"), new("Handler:Silo:GatewayPort", "many"), new("Handler:Silo:Tls:KeyPaths", "secret")],
            error);
        AssertRefused(code, error.ToString(), "Handler:Silo:SiloPort is 70000; it must be between 1 and 65535.");
        Assert.Contains("Handler:Silo:Rediss is unknown; did you mean Redis?", error.ToString());
        Assert.Contains("Handler:Silo:GatewayPort is \"many\"; it must be a whole number between 1 and 65535.", error.ToString());
        Assert.Contains("Handler:Silo:Tls:KeyPaths is unknown; did you mean KeyPath?", error.ToString());
    }

    [Fact]
    public async Task Assemblies_that_are_not_allowed_exit_with_code_2_and_other_libraries_log_warnings_only()
    {
        var error = new StringWriter();
        (string? Orleans, string? Polly) levels = default;
        var code = await SiloHost.RunAsync(
            [],
            silo => levels = (silo.Configuration["Logging:LogLevel:Orleans"], silo.Configuration["Logging:LogLevel:Polly"]),
            [new("Handler:AllowedAssemblies:0", "System.Text.Json"), new("Handler:SpareWorkers", "-1")],
            error);
        AssertRefused(code, error.ToString(), "HandlerOptions.AllowedAssemblies has \"System.Text.Json\"");
        Assert.Contains("SpareWorkers is -1", error.ToString());
        Assert.Equal(("Warning", "Warning"), levels);
    }

    [Fact]
    public void Every_host_can_point_to_every_setting_of_a_silo()
    {
        var handler = new ConfigurationBuilder().Build().GetSection("Handler");
        var places = HandlerConfiguration.PlacesIn(handler);
        Assert.All(
            [.. ConfigurationReader.KeysOf(typeof(HandlerSiloOptions)), .. ConfigurationReader.KeysOf(typeof(SiloSettings))],
            key => Assert.Contains($"Handler:Silo:{key}", places.Unknown(handler, key, [])));
    }

    [Fact]
    public async Task The_program_takes_settings_from_the_environment()
    {
        await using var silo = SiloProcess.Dotnet([], [new("Handler__Pools____MaxWorkers", "3")]);
        await silo.WaitForLastLineAsync();
        AssertRefused(silo.ExitCode, string.Join(Environment.NewLine, silo.Lines), "Handler:Pools has a pool with a blank name");
    }

    [Fact]
    public async Task A_silo_exits_with_code_1_if_its_port_is_in_use()
    {
        using var somebody = new TcpListener(IPAddress.Loopback, 0);
        somebody.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        somebody.Start();
        var port = ((IPEndPoint)somebody.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(1, await Until.Done(SiloHost.RunAsync(["--local", "--silo-port", port]), "the refusal"));
        Assert.Equal(1, await Until.Done(SiloHost.RunAsync(["--local", "--gateway-port", port]), "the refusal"));
    }

    [Fact]
    public async Task A_silo_whose_token_is_cancelled_exits_with_code_0_and_with_code_1_if_it_has_not_started()
    {
        using var source = new CancellationTokenSource();
        var started = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var silo = SiloHost.RunAsync(
            ["--local", "--silo-port", Port(), "--gateway-port", Port()],
            silo => silo.AddStartupTask((services, _) =>
            {
                // The start goes on after its tasks.
                services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => started.SetResult(true));
                return Task.CompletedTask;
            }),
            source.Token);
        await Until.Done(started.Task, "the start of the silo");
        await source.CancelAsync();
        Assert.Equal(0, await Until.Done(silo, "the exit of the silo"));

        Assert.Equal(1, await Until.Done(SiloHost.RunAsync(["--local"], null, source.Token), "the refusal"));

        static string Port() => FreePorts.Next().ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The core does not know these types, but points to their options if a key is at another level.</summary>
    [Fact]
    public void The_core_knows_the_options_of_silos_by_name()
        => Assert.Equal(
            ConfigurationReader.KeysOf(typeof(HandlerSiloOptions)).Concat(ConfigurationReader.KeysOf(typeof(SiloSettings))).Order(),
            HandlerConfiguration.OfSilos.Order());

    private static void AssertRefused(int code, string said, string about)
    {
        Assert.True(code == 2, $"It ended with {code}: {said}");
        Assert.Contains(about, said);
        Assert.DoesNotContain("secret", said);
        Assert.DoesNotContain("   at ", said);
    }
}
