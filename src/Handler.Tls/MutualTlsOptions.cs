namespace Handler;

/// <summary>
/// Where a silo or client finds what it proves itself with, and what the others have to. All files are PEM. Whoever has a certificate of the authority belongs to the
/// cluster, whatever name is in it: the authority must issue certificates for this cluster only.
/// </summary>
public sealed class MutualTlsOptions
{
    /// <summary>The file of the own certificate, issued by the authority. Required. Its extended key usage must name serverAuth and clientAuth for a silo, clientAuth for a client.</summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>The file of its private key, not encrypted. Default: the key is in the certificate's file.</summary>
    public string? KeyPath { get; set; }

    /// <summary>The file of the authority's certificate, or of several: only what they have issued is trusted. Required.</summary>
    public string AuthorityPath { get; set; } = "";
}
