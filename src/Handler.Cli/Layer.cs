namespace Handler.Cli;

/// <summary>A layer of the memory limit. If it is inactive, the other layers still apply.</summary>
internal sealed record Layer(string Name, bool Active, string Detail);
