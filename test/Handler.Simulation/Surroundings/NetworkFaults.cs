namespace Handler.Simulation;

/// <summary>Faults of the network and the store.</summary>
internal sealed class NetworkFaults
{
    public double Drop { get; set; }

    public double Duplicate { get; set; }

    /// <summary>How often a message is delayed, by up to <see cref="SlowMs"/>, so that others overtake it.</summary>
    public double Slow { get; set; }

    public double SlowMs { get; set; } = 1_500;

    public double StoreFailure { get; set; }
}
