namespace Handler.Cli;

/// <summary>What <c>handler doctor</c> found.</summary>
internal sealed record Report(bool Healthy, IReadOnlyList<Fact> Facts, IReadOnlyList<Check> Checks, IReadOnlyList<Layer> MemoryLayers);

/// <summary>Something that is so, neither good nor bad.</summary>
internal sealed record Fact(string Name, string Value);

/// <summary>Something that must work.</summary>
internal sealed record Check(string Name, bool Good, string Value);

/// <summary>A layer of the memory limit. One that is not active leaves the others in force.</summary>
internal sealed record Layer(string Name, bool Active, string Detail);
