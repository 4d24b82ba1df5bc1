namespace Handler.Demo;

/// <summary>The result of a scenario.</summary>
/// <param name="Outcome">The outcome, as text.</param>
/// <param name="Usage">What the job used, if it started.</param>
/// <param name="Complaint">What is wrong; <see langword="null"/> if nothing is.</param>
internal sealed record ScenarioResult(string Outcome, JobUsage? Usage, string? Complaint);
