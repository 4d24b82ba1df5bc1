namespace Handler.Cli;

/// <summary>A neutral fact about the machine.</summary>
internal sealed record Fact(string Name, string Value);
