namespace Handler.Grains.Pools;

/// <summary>What is in storage.</summary>
/// <param name="Value">The stored value; a new one if there is none.</param>
/// <param name="Tag">The tag (ETag) of the value.</param>
/// <param name="Exists">Whether there is a stored value.</param>
internal sealed record Stored<T>(T Value, string? Tag, bool Exists);
