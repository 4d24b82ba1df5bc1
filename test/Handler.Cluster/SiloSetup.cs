namespace Handler.Cluster;

/// <summary>How the silos of a cluster are set up.</summary>
internal sealed record SiloSetup
{
    public required string Redis { get; init; }

    public required string ClusterId { get; init; }

    public int MaxWorkers { get; init; } = 16;

    public int MaxQueuedJobs { get; init; } = 1_000;

    /// <summary>Orleans' response timeout, if it must be shorter than usual.</summary>
    public TimeSpan? ResponseTimeout { get; init; }

    /// <summary>How long running jobs may continue when a silo shuts down.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The address on which the silos listen.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The certificates with which silos prove that they belong to the cluster; <see langword="null"/> for none.</summary>
    public MutualTlsOptions? SiloTls { get; init; }

    /// <summary>The same for the client.</summary>
    public MutualTlsOptions? ClientTls { get; init; }
}
