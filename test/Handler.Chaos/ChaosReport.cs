using System.Text;

namespace Handler.Chaos;

/// <summary>The result of a run.</summary>
internal sealed record ChaosReport
{
    public required int Seed { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>The number of faults of each kind.</summary>
    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    /// <summary>The number of calls for each outcome.</summary>
    public required IReadOnlyDictionary<string, int> Outcomes { get; init; }

    public required TimeSpan LongestCall { get; init; }

    /// <summary>How often the nodes' records were read, and the most that a pool used, as a fraction of its limit.</summary>
    public required (int Count, double Peak) Readings { get; init; }

    public required IReadOnlyList<string> OverAdmissions { get; init; }

    public required IReadOnlyList<string> Leaks { get; init; }

    public required IReadOnlyList<string> Orphans { get; init; }

    public required IReadOnlyList<string> Hangs { get; init; }

    /// <summary>Callers of lost jobs that were told too late.</summary>
    public required IReadOnlyList<string> LateLosses { get; init; }

    public bool IsGood => OverAdmissions.Count + Leaks.Count + Orphans.Count + Hangs.Count + LateLosses.Count == 0;

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"Seed {Seed}, {Duration.TotalMinutes:0.0} minutes");
        text.AppendLine($"Faults: {Join(Faults)}");
        text.AppendLine($"Jobs: {Outcomes.Values.Sum()}: {Join(Outcomes)}; the longest call took {LongestCall.TotalSeconds:0.0} s");
        text.AppendLine($"The nodes' records were read {Readings.Count} times; the fullest pool was at {Readings.Peak:0%} of its limit");
        Add(text, "over-admissions", OverAdmissions);
        Add(text, "leaks", Leaks);
        Add(text, "orphans", Orphans);
        Add(text, "hangs", Hangs);
        Add(text, "late losses", LateLosses);
        return text.Append(IsGood ? "All well" : "NOT WELL").ToString();
    }

    private static string Join(IReadOnlyDictionary<string, int> counts)
        => string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Value} {count.Key}"));

    private static void Add(StringBuilder text, string what, IReadOnlyList<string> found)
    {
        text.AppendLine($"{found.Count} {what}");
        foreach (var line in found.Take(20))
            text.AppendLine($"    {line}");
    }
}
