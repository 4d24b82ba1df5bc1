namespace Handler.Simulation;

/// <summary>The recipient of a message, and its handler.</summary>
internal sealed record Recipient<T>(string Name, SimProcess Process, Func<ValueTask<T>> Handle);
