using Handler.Bench.Measuring;

namespace Handler.Bench;

/// <summary>One figure: its name in the JSON, and its target.</summary>
/// <param name="Name">The name; it ends with the unit, or names the ratio.</param>
/// <param name="Target">The target as text; <see langword="null"/> if there is none.</param>
/// <param name="IsMet">Whether the figures meet the target; called only if this figure was measured.</param>
internal sealed record Figure(string Name, string? Target = null, Func<Figures, bool?>? IsMet = null);
