namespace Handler.Bench.Measuring;

/// <summary>The figures of a run, by name.</summary>
internal sealed class Figures
{
    private readonly Dictionary<string, double> values = new(StringComparer.Ordinal);

    /// <summary>The figure's value; <see langword="null"/> if it was not measured.</summary>
    public double? this[string name] => values.TryGetValue(name, out var value) ? value : null;

    /// <summary>The figures that were measured, in the order of the catalog.</summary>
    public IEnumerable<(string Name, double Value)> Measured
        => FigureCatalog.All.Where(figure => values.ContainsKey(figure.Name)).Select(figure => (figure.Name, values[figure.Name]));

    public void Add(string name, double value)
    {
        if (!FigureCatalog.Contains(name))
            throw new ArgumentException($"{name} is not in the catalog of figures.", nameof(name));
        if (!double.IsFinite(value))
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{name} is not a finite number.");
        values.Add(name, value);
    }
}
