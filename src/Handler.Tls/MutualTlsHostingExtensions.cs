using Handler;
using Handler.Tls;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Connections.Security;

namespace Orleans.Hosting;

/// <summary>Lets a silo or client communicate only with peers that prove that they belong to the cluster.</summary>
public static class MutualTlsHostingExtensions
{
    /// <summary>
    /// Encrypts the silo's connections with other silos and with clients, and refuses peers without a certificate of the authority.
    /// </summary>
    /// <exception cref="ArgumentException">A path is missing.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file contains no certificate or key, the key does not belong
    /// to the certificate, or the certificate's extended key usage lacks a required purpose: serverAuth and clientAuth for a silo,
    /// clientAuth for a client.</exception>
    public static ISiloBuilder UseHandlerMutualTls(this ISiloBuilder builder, MutualTlsOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var identity = ClusterCertificate.OfSilo(options);
        builder.Services.AddSingleton(identity);
        return builder.UseTls(tls => Configure(tls, identity));
    }

    /// <summary>Encrypts the client's connections, proves to silos that it belongs to the cluster, and refuses silos that do not.</summary>
    /// <inheritdoc cref="UseHandlerMutualTls(ISiloBuilder, MutualTlsOptions)"/>
    public static IClientBuilder UseHandlerMutualTls(this IClientBuilder builder, MutualTlsOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var identity = ClusterCertificate.OfClient(options);
        return builder.UseTls(tls => Configure(tls, identity));
    }

    private static void Configure(TlsOptions tls, ClusterCertificate identity)
    {
        tls.LocalCertificate = identity.Certificate;
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (certificate, chain, _) => identity.Trusts(certificate, chain);

        // The name in the certificate is not checked; the protocol requires some name.
        tls.OnAuthenticateAsClient = static (_, authentication) => authentication.TargetHost = "handler";
    }
}
