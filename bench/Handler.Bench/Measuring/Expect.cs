namespace Handler.Bench.Measuring;

/// <summary>A figure counts only if every job behind it had the expected outcome.</summary>
internal static class Expect
{
    public static void Value(Outcome<int> outcome, int expected)
    {
        if (outcome is not Completed<int> { Value: var value } || value != expected)
            throw Unexpected(outcome, $"the value {expected}");
    }

    /// <summary>Returns the outcome as the expected kind.</summary>
    public static TOutcome Ending<TOutcome>(object outcome)
        where TOutcome : class
        => outcome as TOutcome ?? throw Unexpected(outcome, typeof(TOutcome).Name);

    private static InvalidOperationException Unexpected(object outcome, string expected)
        => new($"A job should have ended with {expected}; it ended with {outcome}.");
}
