namespace Handler.Demo;

/// <summary>Describes outcomes in a few words.</summary>
internal static class OutcomeText
{
    private const int Longest = 90;

    /// <summary>The kind of the outcome and its value or message.</summary>
    public static string Of(JobOutcome outcome) => Shorten(outcome.Failure is JobOutOfMemory { Source: var source }
        ? $"{outcome.Kind} ({source}): {outcome.Message}"
        : outcome.ToString());

    private static string Shorten(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= Longest ? line : string.Concat(line.AsSpan(0, Longest - 1), "…");
    }
}
