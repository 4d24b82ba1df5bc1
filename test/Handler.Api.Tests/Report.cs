namespace Application.Tests;

/// <summary>A message of the application that has outcomes and failures in it.</summary>
public sealed record Report(
    string Title, JobOutcome<Invoice> Made, JobOutcome<int> Pages, JobOutcome Sent, JobFailure? Why, JobRejected? Reject);
