namespace Handler.Cli;

/// <summary>A check that must succeed.</summary>
internal sealed record Check(string Name, bool Good, string Value);
