using System.Net;
using StackExchange.Redis;

namespace Handler.Silo;

/// <summary>Where a silo listens and how it finds the others: the configuration's section <c>Handler:Silo</c>, or the command line, which wins.</summary>
internal sealed class SiloSettings
{
    /// <summary>The address to listen at and to be reached by. Default loopback; another one only with <see cref="Tls"/>.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port for other silos. Default 11111; from 1 to 65535.</summary>
    public int SiloPort { get; set; } = 11_111;

    /// <summary>The port for clients. Default 30000; from 1 to 65535.</summary>
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>Redis for membership and storage, as <c>HOST:PORT</c> or a connection string of StackExchange.Redis. Without it the silo is alone and keeps nothing.</summary>
    public string? Redis { get; set; }

    /// <summary>Silos and clients of one cluster have it in common. Default <c>handler</c>.</summary>
    public string ClusterId { get; set; } = "handler";

    /// <summary>
    /// Part of the keys in storage. Default: the <see cref="ClusterId"/>, so that clusters with one Redis have pools of their own. A cluster that replaces another, and is to keep its pools, takes that one's.
    /// </summary>
    public string? ServiceId { get; set; }

    /// <summary>Certificates with which silos and clients prove to each other that they belong to the cluster. Default none; then the silo listens at loopback only.</summary>
    public MutualTlsOptions? Tls { get; set; }

    public IPAddress IPAddress => IPAddress.Parse(Address);

    /// <summary>What is wrong, a sentence each.</summary>
    public IEnumerable<string> Errors()
    {
        if (!IPAddress.TryParse(Address, out var address))
            yield return $"Handler:Silo:Address is \"{Address}\", which is no IP address.";
        if (SiloPort is < 1 or > 65_535)
            yield return $"Handler:Silo:SiloPort is {SiloPort}; allowed is 1 to 65535.";
        if (GatewayPort is < 1 or > 65_535)
            yield return $"Handler:Silo:GatewayPort is {GatewayPort}; allowed is 1 to 65535.";
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
                yield return $"Handler:Silo:Tls:{name} is \"{path}\", which is no file.";
        }
    }

    private string? WhyNoRedis()
    {
        if (string.IsNullOrEmpty(Redis))
            return null;
        try
        {
            var places = ConfigurationOptions.Parse(Redis).EndPoints;
            return places.Count > 0 && places.All(place => place is not DnsEndPoint name || Uri.CheckHostName(name.Host) != UriHostNameType.Unknown) ? null : "Handler:Silo:Redis names no HOST:PORT.";
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            // Without its value, and without what the parser says of it: a password may be in there.
            return "Handler:Silo:Redis is not usable: it must be HOST:PORT, or that and options of StackExchange.Redis, such as HOST:PORT,password=…,ssl=true. A password that has a comma cannot be in it.";
        }
    }

    /// <summary>Why the silo must not listen where it is about to: beyond loopback, silos and clients have to prove to each other that they belong to the cluster.</summary>
    /// <param name="endpoints">Where it will listen in fact: more than these settings may have a say in it.</param>
    /// <param name="authenticates">Whether they do.</param>
    public string? WhyNotListen(IEnumerable<IPEndPoint> endpoints, bool authenticates)
    {
        if (authenticates || endpoints.FirstOrDefault(static endpoint => !IsLoopback(endpoint.Address)) is not { } open)
            return null;
        var where = open.Address.Equals(IPAddress) ? $"Handler:Silo:Address is {Address}" : $"The silo would listen at {open}, by a setting of Orleans (Orleans:Endpoints) or by code";
        return $"{where}, which other machines reach, and nothing authenticates them. Set Handler:Silo:Tls:CertificatePath, KeyPath and AuthorityPath (see docs/operations.md), or listen at 127.0.0.1.";
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
