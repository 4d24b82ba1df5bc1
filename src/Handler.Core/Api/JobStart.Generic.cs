using System.Diagnostics.CodeAnalysis;

namespace Handler;

/// <summary>The result of an attempt to start a function: the job's handle, or the reject.</summary>
/// <typeparam name="T">The type of the function's value.</typeparam>
/// <param name="Job">The job; <see langword="null"/> if it was not admitted.</param>
/// <param name="Reject">Why the job was not admitted; <see langword="null"/> if it was admitted.</param>
public sealed record JobStart<T>(JobHandle<T>? Job, JobRejected? Reject)
{
    /// <summary>Whether the job was admitted.</summary>
    [MemberNotNullWhen(true, nameof(Job))]
    [MemberNotNullWhen(false, nameof(Reject))]
    public bool IsAdmitted => Job is not null;
}
