using Handler.Verdicts;

namespace Handler.Cluster;

/// <summary>That a call is to end before its time.</summary>
/// <param name="Why">What its caller is told.</param>
/// <param name="AtOnce">Whether the job gets no <see cref="JobLimits.CancellationGrace"/>.</param>
internal sealed record Stop(Verdict.Killed Why, bool AtOnce);
