namespace Handler.Demo;

/// <summary>Describes outcomes in a few words.</summary>
internal static class OutcomeText
{
    private const int Longest = 90;

    /// <summary>The kind of the outcome and its value or message.</summary>
    public static string Of<T>(Outcome<T> outcome) => Shorten(outcome switch
    {
        Completed<T> { Value: Unit } => "Completed",
        Completed<T> completed => $"Completed: {completed.Value}",
        OutOfMemory<T> outOfMemory => $"OutOfMemory ({outOfMemory.Source}): {outOfMemory.Message}",
        _ => $"{Kind(outcome)}: {outcome.Message}",
    });

    private static string Kind<T>(Outcome<T> outcome) => outcome.GetType().Name.Split('`')[0];

    private static string Shorten(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= Longest ? line : string.Concat(line.AsSpan(0, Longest - 1), "…");
    }
}
