namespace Handler.Cli;

/// <summary>The result of <c>handler doctor</c>.</summary>
internal sealed record Report(bool Healthy, IReadOnlyList<Fact> Facts, IReadOnlyList<Check> Checks, IReadOnlyList<Layer> MemoryLayers);
