using System.Net;
using StackExchange.Redis;

namespace Handler.Silo;

/// <summary>
/// Where a silo listens and how it finds the others: the configuration section <c>Handler:Silo</c>, overridden by the command line.
/// </summary>
internal sealed class SiloSettings
{
    /// <summary>
    /// The address to listen on and to be reached by. Default: 127.0.0.1. Addresses beyond loopback require <see cref="Tls"/>.
    /// </summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port for other silos. Default: 11111. Range: 1 to 65535.</summary>
    [AllowedRange(1, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>The port for clients. Default: 30000. Range: 1 to 65535.</summary>
    [AllowedRange(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>
    /// Redis for membership and storage, as <c>HOST:PORT</c> or a connection string of StackExchange.Redis. Without it the silo is alone
    /// and keeps nothing.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>The name that silos and clients of one cluster share. Default: <c>handler</c>.</summary>
    public string ClusterId { get; set; } = "handler";

    /// <summary>
    /// Part of the keys in storage. Default: the <see cref="ClusterId"/>, so that clusters with one Redis have separate pools. A cluster
    /// that replaces another and is to keep its pools uses the value of that cluster.
    /// </summary>
    public string? ServiceId { get; set; }

    /// <summary>The <see cref="ServiceId"/> in effect.</summary>
    internal string StorageId => ServiceId ?? ClusterId;

    /// <summary>
    /// Certificates with which silos and clients prove to each other that they belong to the cluster. Default: none; the silo then listens
    /// on loopback only.
    /// </summary>
    public MutualTlsOptions? Tls { get; set; }

    public IPAddress IPAddress => IPAddress.Parse(Address);

    /// <summary>The errors in the settings, a sentence each.</summary>
    public IEnumerable<string> Errors()
    {
        if (!IPAddress.TryParse(Address, out var address))
            yield return $"Handler:Silo:Address is \"{Address}\", which is not an IP address.";
        foreach (var error in OptionRanges.ErrorsIn(this, "Handler:Silo:"))
            yield return error;
        if (SiloPort == GatewayPort)
            yield return $"Handler:Silo:SiloPort and GatewayPort are both {SiloPort}; they must differ.";
        if (WhyNoRedis() is { } redis)
            yield return redis;
        if (string.IsNullOrWhiteSpace(ClusterId))
            yield return "Handler:Silo:ClusterId is empty.";
        if (ServiceId is not null && string.IsNullOrWhiteSpace(ServiceId))
            yield return "Handler:Silo:ServiceId is empty.";
        foreach (var (name, path) in Tls is null ? [] : Files(Tls))
        {
            if (!File.Exists(path))
                yield return $"Handler:Silo:Tls:{name} is \"{path}\", which is not an existing file.";
        }
    }

    private string? WhyNoRedis()
    {
        if (string.IsNullOrEmpty(Redis))
            return null;
        try
        {
            var places = ConfigurationOptions.Parse(Redis).EndPoints;
            return
                places.Count > 0
                && places.All(place => place is not DnsEndPoint name || Uri.CheckHostName(name.Host) != UriHostNameType.Unknown)
                ? null
                : "Handler:Silo:Redis contains no HOST:PORT.";
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            // The message leaves out the value and the parser's message, because they may contain a password.
            return "Handler:Silo:Redis is unusable: it must be HOST:PORT, optionally followed by options of StackExchange.Redis, "
                + "such as HOST:PORT,password=…,ssl=true. A password with a comma cannot be given.";
        }
    }

    /// <summary>
    /// Why the silo must not listen on these endpoints; <see langword="null"/> if it may. Beyond loopback, silos and clients must prove to
    /// each other that they belong to the cluster.
    /// </summary>
    /// <param name="endpoints">The actual endpoints; Orleans' settings and code may have changed them.</param>
    /// <param name="authenticates">Whether silos and clients prove that.</param>
    public string? WhyNotListen(IEnumerable<IPEndPoint> endpoints, bool authenticates)
    {
        if (authenticates || endpoints.FirstOrDefault(static endpoint => !IsLoopback(endpoint.Address)) is not { } open)
            return null;
        var where = open.Address.Equals(IPAddress)
            ? $"Handler:Silo:Address is {Address}"
            : $"The silo would listen on {open}, by a setting of Orleans (Orleans:Endpoints) or by code";
        return $"{where}, which other machines can reach, and nothing authenticates them. "
            + "Set Handler:Silo:Tls:CertificatePath, KeyPath and AuthorityPath (see docs/operations.md), or listen on 127.0.0.1.";
    }

    private static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static IEnumerable<(string Name, string? Path)> Files(MutualTlsOptions tls)
    {
        yield return (nameof(tls.CertificatePath), tls.CertificatePath);
        if (tls.KeyPath is not null)
            yield return (nameof(tls.KeyPath), tls.KeyPath);
        yield return (nameof(tls.AuthorityPath), tls.AuthorityPath);
    }
}
