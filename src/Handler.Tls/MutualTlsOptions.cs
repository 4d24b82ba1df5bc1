namespace Handler;

/// <summary>
/// The files with which a silo or client proves that it belongs to the cluster, and checks that its peers do. All files are PEM. Every peer
/// with a certificate of the authority belongs to the cluster, whatever name is in it, so the authority must issue certificates for this
/// cluster only.
/// </summary>
public sealed class MutualTlsOptions
{
    /// <summary>
    /// The file of this silo's or client's certificate, issued by the authority. Required. Its extended key usage must name serverAuth and
    /// clientAuth for a silo, clientAuth for a client.
    /// </summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>The file of the certificate's private key, not encrypted. Default: the key is in the certificate's file.</summary>
    public string? KeyPath { get; set; }

    /// <summary>
    /// The file of the authority's certificate; it may contain several. Only certificates issued by these are trusted. Required.
    /// </summary>
    public string AuthorityPath { get; set; } = "";
}
