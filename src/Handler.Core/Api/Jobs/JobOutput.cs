namespace Handler;

/// <summary>The last part of what a job wrote to its standard streams, decoded as UTF-8. Malformed bytes become U+FFFD.</summary>
/// <param name="StandardOutput">The last bytes of stdout.</param>
/// <param name="StandardError">The last bytes of stderr.</param>
/// <param name="Truncated">Whether earlier output was dropped.</param>
public sealed record JobOutput(string StandardOutput, string StandardError, bool Truncated);
