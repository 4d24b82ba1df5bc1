using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Handler.Tls;

namespace Handler.Cluster.Tests;

/// <summary>Which certificates are accepted, and for what.</summary>
public sealed class ClusterCertificateTests : IDisposable
{
    private readonly Certificates certificates = new("cluster");

    public void Dispose() => certificates.Dispose();

    [Fact]
    public void A_certificate_without_the_required_usage_is_refused_with_a_message_that_names_the_usage()
    {
        foreach (var usages in (string[]?[])[null, [], [Certificates.CodeSigning], [Certificates.ServerAuthentication]])
        {
            Assert.Contains(
                "extendedKeyUsage = serverAuth, clientAuth",
                Assert.Throws<CryptographicException>(() => ClusterCertificate.OfSilo(certificates.Issue("silo", usages))).Message);
            Assert.Contains(
                "extendedKeyUsage = clientAuth",
                Assert.Throws<CryptographicException>(() => ClusterCertificate.OfClient(certificates.Issue("client", usages))).Message);
        }

        Assert.Throws<CryptographicException>(()
            => ClusterCertificate.OfSilo(certificates.Issue("silo", [Certificates.ClientAuthentication])));
        using var client = ClusterCertificate.OfClient(certificates.Issue("client", [Certificates.ClientAuthentication])).Certificate;
        Assert.Equal("CN=client", client.Subject);
    }

    [Theory]
    [InlineData(new[] { Certificates.ServerAuthentication }, true, false)]
    [InlineData(new[] { Certificates.ClientAuthentication }, false, true)]
    [InlineData(new[] { Certificates.CodeSigning }, false, false)]
    [InlineData(new string[0], false, false)]
    [InlineData(null, false, false)]
    public void A_certificate_is_trusted_only_for_the_role_that_its_usage_names(string[]? usages, bool asServer, bool asClient)
    {
        var identity = ClusterCertificate.OfSilo(certificates.Issue("silo"));
        var files = certificates.Issue("other", usages);
        using var other = X509Certificate2.CreateFromPemFile(files.CertificatePath, files.KeyPath);
        Assert.Equal((asServer, asClient), (Trusts(Certificates.ServerAuthentication), Trusts(Certificates.ClientAuthentication)));
        Assert.False(identity.Trusts(other, null));

        bool Trusts(string purpose)
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
            return identity.Trusts(other, chain);
        }
    }
}
