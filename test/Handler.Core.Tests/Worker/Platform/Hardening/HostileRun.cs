namespace Handler.Tests.Platform;

/// <summary>What a hostile job has come to.</summary>
/// <param name="Outcome">Its outcome.</param>
/// <param name="Text">Its failure, or its value.</param>
/// <param name="Next">The outcome of a plain job of the same pool, which ran next.</param>
/// <param name="Other">The outcome of a plain job of another profile.</param>
internal sealed record HostileRun(JobOutcome Outcome, string Text, JobOutcome<int> Next, JobOutcome<int> Other);
