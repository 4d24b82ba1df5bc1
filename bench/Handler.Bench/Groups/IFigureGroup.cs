namespace Handler.Bench.Groups;

/// <summary>Figures that are measured together.</summary>
internal interface IFigureGroup
{
    /// <summary>The names of the figures that it can measure.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Measures them and adds them to the context's figures.</summary>
    Task MeasureAsync(BenchContext context);
}
