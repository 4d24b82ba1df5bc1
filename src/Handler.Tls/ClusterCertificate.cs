using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Handler.Tls;

/// <summary>The own certificate, and the authority whose certificates are trusted.</summary>
internal sealed class ClusterCertificate
{
    /// <summary>Extended key usages. A silo is a server for peers that connect to it, and a client of other silos.</summary>
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1", "serverAuth"),
        ClientAuthentication = new("1.3.6.1.5.5.7.3.2", "clientAuth");

    private readonly X509Certificate2Collection authority;

    private ClusterCertificate(X509Certificate2 certificate, X509Certificate2Collection authority)
        => (Certificate, this.authority) = (certificate, authority);

    public X509Certificate2 Certificate { get; }

    public static ClusterCertificate OfSilo(MutualTlsOptions options)
        => Load(options, "a silo", ServerAuthentication, ClientAuthentication);

    public static ClusterCertificate OfClient(MutualTlsOptions options) => Load(options, "a client", ClientAuthentication);

    private static ClusterCertificate Load(MutualTlsOptions options, string whose, params Oid[] usages)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.CertificatePath);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.AuthorityPath);
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(options.AuthorityPath);
        if (authority.Count == 0)
            throw new CryptographicException($"{options.AuthorityPath} contains no certificate.");
        var certificate = X509Certificate2.CreateFromPemFile(options.CertificatePath, options.KeyPath);
        if (IsFor(certificate, usages))
            return new ClusterCertificate(certificate, authority);
        certificate.Dispose();
        var names = string.Join(", ", usages.Select(usage => usage.FriendlyName));
        throw new CryptographicException(
            $"{options.CertificatePath} is not a certificate for {whose}: its extended key usage must name {names}, or peers refuse it. "
                + $"Issue it with extendedKeyUsage = {names}.");
    }

    /// <summary>
    /// Whether the authority has issued the certificate for this purpose, and it is valid now. Intermediate certificates may come with the
    /// connection.
    /// </summary>
    /// <param name="certificate">The certificate of the peer.</param>
    /// <param name="presented">The chain of the connection. Its policy says what the peer uses the certificate for: as a client if this
    /// side is the server, and vice versa.</param>
    public bool Trusts(X509Certificate2 certificate, X509Chain? presented)
    {
        Oid[] usages = presented?.ChainPolicy.ApplicationPolicy is { Count: > 0 } known
            ? [.. known]
            : [ServerAuthentication, ClientAuthentication];
        if (!IsFor(certificate, usages))
            return false;
        using var chain = new X509Chain();
        if (presented is not null)
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // a private authority rarely names a place to ask
        foreach (var usage in usages)
            chain.ChainPolicy.ApplicationPolicy.Add(usage); // an authority may also be limited to purposes
        return chain.Build(certificate);
    }

    /// <summary>
    /// Whether a certificate names all of these usages. A certificate that names none could be used for anything, so it was not issued for
    /// this purpose.
    /// </summary>
    private static bool IsFor(X509Certificate2 certificate, Oid[] usages)
        => certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } named
            && Array.TrueForAll(usages, usage => named.EnhancedKeyUsages.Cast<Oid>().Any(each => each.Value == usage.Value));
}
