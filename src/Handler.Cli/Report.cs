namespace Handler.Cli;

/// <summary>The result of <c>handler doctor</c>.</summary>
internal sealed record Report(bool Healthy, IReadOnlyList<Fact> Facts, IReadOnlyList<Check> Checks, IReadOnlyList<Layer> MemoryLayers);

/// <summary>A neutral fact about the machine.</summary>
internal sealed record Fact(string Name, string Value);

/// <summary>A check that must succeed.</summary>
internal sealed record Check(string Name, bool Good, string Value);

/// <summary>A layer of the memory limit. If it is inactive, the other layers still apply.</summary>
internal sealed record Layer(string Name, bool Active, string Detail);
