using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Handler.Silo;
using Handler.TestSilo;

namespace Handler.Cluster.Tests;

/// <summary>A cluster whose silos listen where other machines can reach them.</summary>
[Collection(Alone.Name)]
public sealed class TlsTests : IAsyncLifetime
{
    private readonly Certificates certificates = new("cluster");
    private SiloCluster cluster = null!;

    /// <summary>An address of this machine other than loopback, or loopback if there is none.</summary>
    private static string Address
        => NetworkInterface
            .GetAllNetworkInterfaces()
            .Where(network =>
                network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(address => address.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)
            ?.ToString()
        ?? "127.0.0.1";

    public async Task InitializeAsync()
        => cluster = await SiloCluster.StartAsync(2, setup =>
            setup with
            {
                Address = Address,
                SiloTls = certificates.Issue("silo"),
                ClientTls = certificates.Issue("client"),
            });

    public async Task DisposeAsync()
    {
        await cluster.DisposeAsync();
        certificates.Dispose();
    }

    [Fact]
    public async Task Only_clients_with_a_valid_client_certificate_of_the_authority_can_connect_and_run_jobs()
    {
        // Each silo holds a pool, and one pool is the other's parent, so the silos talk to each other too.
        var handler = cluster.Client.Handler;
        await cluster.TryAddPoolAsync("parent", cluster.Silos[0], pool => pool.MaxWorkers = 4);
        await cluster.TryAddPoolAsync("child", cluster.Silos[1], pool => (pool.MaxWorkers, pool.Parent) = (4, "parent"));
        for (var i = 0; i < 8; i++)
            Assert.Equal(
                i,
                (await Until.Done(handler.GetPool("child").RunAsync(TestJobs.Sleep(TimeSpan.Zero, i)), "a job")).GetValueOrThrow());

        using var strangers = new Certificates("strangers");
        await AssertRefusedAsync(strangers.Issue("client"));
        await AssertRefusedAsync(certificates.Issue("expired", days: 0.5));
        await AssertRefusedAsync(certificates.Issue("server", [Certificates.ServerAuthentication]));
        await AssertRefusedAsync(certificates.Issue("anything", usages: null));
        await using var other = await ClientHost.StartAsync(cluster.Setup.Redis, cluster.Setup.ClusterId, client =>
            client.UseHandlerMutualTls(certificates.Issue("other")));
        Assert.Equal(
            1,
            (await Until.Done(other.Handler.GetPool("child").RunAsync(TestJobs.Sleep(TimeSpan.Zero, 1)), "a job")).GetValueOrThrow());
    }

    [Fact]
    public async Task A_silo_refuses_to_listen_beyond_loopback_without_TLS_that_checks_client_certificates()
    {
        var files = certificates.Issue("silo");
        using var certificate = X509Certificate2.CreateFromPemFile(files.CertificatePath, files.KeyPath);
        string[] elsewhere = ["--local", "--address", "0.0.0.0", "--silo-port", "21111", "--gateway-port", "21112"];
        Assert.Equal(2, await Until.Done(SiloHost.RunAsync(elsewhere), "the refusal"));
        Assert.Equal(
            2,
            await Until.Done(
                SiloHost.RunAsync(elsewhere, silo => silo.UseTls(certificate, static tls => tls.AllowAnyRemoteCertificate())),
                "the refusal"));
    }

    /// <summary>Connects to a port of a silo and listens.</summary>
    /// <returns>Whether the silo has hung up. The task completes when the silo hangs up or sends something.</returns>
    private static async Task<bool> HangsUpAsync(TcpClient connection, int port, MutualTlsOptions tls)
    {
        using var certificate = X509Certificate2.CreateFromPemFile(tls.CertificatePath, tls.KeyPath);
        await connection.ConnectAsync(Address, port);
        var stream = new SslStream(connection.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "silo",
                ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            });
            return await stream.ReadAsync(new byte[1]) == 0;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return true;
        }
    }

    /// <summary>
    /// A silo hangs up at both its ports before any Orleans message is exchanged. It does not hang up on a peer that belongs to the
    /// cluster.
    /// </summary>
    private async Task AssertRefusedAsync(MutualTlsOptions stranger)
    {
        foreach (var port in (int[])[cluster.Silos[0].SiloPort, cluster.Silos[0].GatewayPort])
        {
            using TcpClient ours = new(), theirs = new();
            var member = HangsUpAsync(ours, port, certificates.Issue("member"));
            Assert.True(await Until.Done(HangsUpAsync(theirs, port, stranger), "the silo to hang up"));
            Assert.False(member.IsCompleted && await member);
        }
    }
}
