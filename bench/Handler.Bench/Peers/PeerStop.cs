using System.Text.Json.Serialization;

namespace Handler.Bench.Peers;

/// <summary>When a busy loop with a time limit of 100 ms really stopped.</summary>
/// <param name="Milliseconds">The time from the call, in ms; <see langword="null"/> if it runs on.</param>
internal sealed record PeerStop([property: JsonPropertyName("stopped_ms")] double? Milliseconds);
