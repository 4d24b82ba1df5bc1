using System.Diagnostics.CodeAnalysis;

namespace Handler;

/// <summary>What became of the attempt to start a job: a handle of it, or the reject.</summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
/// <param name="Job">The job; <see langword="null"/> when it was not admitted.</param>
/// <param name="Reject">Why it was not admitted; <see langword="null"/> when it was.</param>
public sealed record JobStart<T>(JobHandle<T>? Job, Rejected<T>? Reject)
{
    /// <summary>Whether the job was admitted.</summary>
    [MemberNotNullWhen(true, nameof(Job))]
    [MemberNotNullWhen(false, nameof(Reject))]
    public bool IsAdmitted => Job is not null;
}
