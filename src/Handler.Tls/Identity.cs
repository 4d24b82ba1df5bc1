using System.Security.Cryptography.X509Certificates;

namespace Handler.Tls;

/// <summary>The own certificate, and whose certificates are trusted.</summary>
internal sealed class Identity
{
    private readonly X509Certificate2Collection authority;

    private Identity(X509Certificate2 certificate, X509Certificate2Collection authority) => (Certificate, this.authority) = (certificate, authority);

    public X509Certificate2 Certificate { get; }

    public static Identity Load(MutualTlsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.CertificatePath);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.AuthorityPath);
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(options.AuthorityPath);
        if (authority.Count == 0)
            throw new System.Security.Cryptography.CryptographicException($"{options.AuthorityPath} holds no certificate.");
        return new Identity(X509Certificate2.CreateFromPemFile(options.CertificatePath, options.KeyPath), authority);
    }

    /// <summary>Whether the authority has issued it, and it is valid today. Intermediate certificates may come with the connection.</summary>
    public bool Trusts(X509Certificate2 certificate, X509Chain? presented)
    {
        using var chain = new X509Chain();
        if (presented is not null)
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // a private authority seldom says where to ask
        return chain.Build(certificate);
    }
}
