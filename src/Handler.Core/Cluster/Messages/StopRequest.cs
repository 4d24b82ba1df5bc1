namespace Handler.Cluster;

/// <summary>Asks that a call end early.</summary>
/// <param name="Why">The reason that the caller gets.</param>
/// <param name="Immediately">Whether the job is killed immediately, without its <see cref="JobLimits.CancellationGrace"/>.</param>
internal sealed record StopRequest(JobKilled Why, bool Immediately);
