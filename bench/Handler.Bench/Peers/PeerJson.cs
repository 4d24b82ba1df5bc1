using System.Text.Json;

namespace Handler.Bench.Peers;

/// <summary>How figures of peers are written.</summary>
internal static class PeerJson
{
    public static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static readonly JsonSerializerOptions Indented = new(Options) { WriteIndented = true };
}
