namespace Handler.Cli;

/// <summary>The result of <c>handler doctor</c>.</summary>
/// <param name="Healthy">Whether all checks succeeded.</param>
/// <param name="Facts">What the machine is.</param>
/// <param name="Checks">What must work.</param>
/// <param name="MemoryLayers">The layers of the memory limit.</param>
/// <param name="Hardening">The options of <see cref="HardeningOptions"/> that need something of the machine.</param>
internal sealed record Report(
    bool Healthy,
    IReadOnlyList<Fact> Facts,
    IReadOnlyList<Check> Checks,
    IReadOnlyList<Layer> MemoryLayers,
    IReadOnlyList<Layer> Hardening);
