namespace Handler.Cli;

/// <summary>
/// A layer of the memory limit, or an option of isolation. If a layer is inactive, the other layers still apply; if an option is, a handler
/// that sets it does not start.
/// </summary>
internal sealed record Layer(string Name, bool Active, string Detail);
