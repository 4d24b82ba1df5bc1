using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Handler.Cluster;

/// <summary>An authority that issues certificates into its own folder.</summary>
internal sealed class Certificates : IDisposable
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1",
        ClientAuthentication = "1.3.6.1.5.5.7.3.2",
        CodeSigning = "1.3.6.1.5.5.7.3.3";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("handler-certificates-");
    private readonly X509Certificate2 authority;
    private int issued;

    public Certificates(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        authority = request.CreateSelfSigned(Yesterday, Yesterday.AddDays(30));
        File.WriteAllText(AuthorityPath, authority.ExportCertificatePem());
    }

    private static DateTimeOffset Yesterday => DateTimeOffset.UtcNow.AddDays(-1);

    public string AuthorityPath => Path.Combine(folder.FullName, "authority.pem");

    /// <summary>Issues a certificate for servers and clients, valid for this number of days from yesterday.</summary>
    public MutualTlsOptions Issue(string name, double days = 20) => Issue(name, [ServerAuthentication, ClientAuthentication], days);

    /// <summary>Issues a certificate with this extended key usage; <see langword="null"/> for none.</summary>
    public MutualTlsOptions Issue(string name, string[]? usages, double days = 20)
    {
        var path = Path.Combine(folder.FullName, $"{++issued}-{name}");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (usages is not null)
            request.CertificateExtensions.Add(
                new X509EnhancedKeyUsageExtension([.. usages.Select(usage => new Oid(usage))], critical: false));
        using var certificate = request.Create(authority, Yesterday, Yesterday.AddDays(days), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText($"{path}.pem", certificate.ExportCertificatePem());
        File.WriteAllText($"{path}.key", key.ExportPkcs8PrivateKeyPem());
        return new MutualTlsOptions { CertificatePath = $"{path}.pem", KeyPath = $"{path}.key", AuthorityPath = AuthorityPath };
    }

    public void Dispose()
    {
        authority.Dispose();
        folder.Delete(recursive: true);
    }
}
