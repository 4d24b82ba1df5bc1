using System.Diagnostics.CodeAnalysis;

namespace Handler;

/// <summary>The result of an attempt to start an action: the job's handle, or the reject.</summary>
/// <param name="Job">The job; <see langword="null"/> if it was not admitted.</param>
/// <param name="Reject">Why the job was not admitted; <see langword="null"/> if it was admitted.</param>
public sealed record JobStart(JobHandle? Job, JobRejected? Reject)
{
    /// <summary>Whether the job was admitted.</summary>
    [MemberNotNullWhen(true, nameof(Job))]
    [MemberNotNullWhen(false, nameof(Reject))]
    public bool IsAdmitted => Job is not null;
}
