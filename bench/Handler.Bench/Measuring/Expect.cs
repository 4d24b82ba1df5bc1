namespace Handler.Bench.Measuring;

/// <summary>A figure counts only if every job behind it had the expected outcome.</summary>
internal static class Expect
{
    public static void Value(JobOutcome<int> outcome, int expected)
    {
        if (!outcome.TryGetValue(out var value) || value != expected)
            throw Unexpected(outcome, $"the value {expected}");
    }

    /// <summary>Returns why a job did not complete; it must be the expected reason.</summary>
    public static TFailure Failure<TFailure>(JobOutcome outcome)
        where TFailure : JobFailure
    {
        return outcome.Failure as TFailure ?? throw Unexpected(outcome, typeof(TFailure).Name);
    }

    private static InvalidOperationException Unexpected(JobOutcome outcome, string expected)
        => new($"A job should have ended with {expected}; it ended with {outcome}.");
}
