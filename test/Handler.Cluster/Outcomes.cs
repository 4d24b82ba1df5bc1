namespace Handler.Cluster;

/// <summary>Names of outcomes.</summary>
internal static class Outcomes
{
    /// <summary>Such as <c>Completed</c>, <c>Rejected PoolTimeout</c>, <c>Killed CallerGone</c>.</summary>
    public static string Of(JobOutcome outcome) => outcome.Failure switch
    {
        JobRejected reject => $"Rejected {reject.Reason}",
        JobKilled killed => $"Killed {killed.Cause}",
        JobFailed failed => $"Failed {failed.ExceptionType}",
        _ => outcome.Kind.ToString(),
    };
}
