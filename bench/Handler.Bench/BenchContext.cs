using Handler.Bench.Measuring;

namespace Handler.Bench;

/// <summary>The context in which a group of figures is measured.</summary>
/// <param name="settings">How much to measure.</param>
/// <param name="wanted">The figures asked for; empty for all.</param>
/// <param name="cancellationToken">Cancelled when the user stops the run.</param>
internal sealed class BenchContext(BenchSettings settings, IReadOnlyCollection<string> wanted, CancellationToken cancellationToken)
{
    public BenchSettings Settings { get; } = settings;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    public Figures Figures { get; } = new();

    /// <summary>Additional observations, printed below the table.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Whether any of these figures was asked for.</summary>
    public bool Wants(params IEnumerable<string> names) => wanted.Count == 0 || names.Any(wanted.Contains);
}
