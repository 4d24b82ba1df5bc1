using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The job was killed on purpose: by its caller, by a user, or because its handler, silo or caller went away.</summary>
/// <param name="Cause">Why it was killed.</param>
/// <param name="Reason">The reason as text.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobKilled(KillCause Cause, string Reason) : JobFailure(JobOutcomeKind.Killed)
{
    /// <summary>The caller's token, if its cancellation was the cause.</summary>
    internal CancellationToken Token { get; init; }

    internal static JobKilled ShuttingDown() => new(KillCause.Shutdown, "The handler was disposed");

    internal static JobKilled CallerCancelled(CancellationToken token = default)
        => new(KillCause.CallerCancelled, "The caller cancelled the job") { Token = token };

    /// <summary>Compares the cause and the reason. The token belongs to one caller and is not sent.</summary>
    public bool Equals(JobKilled? other) => base.Equals(other) && (Cause, Reason) == (other!.Cause, other.Reason);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Cause, Reason);

    private protected override string Describe() => Reason;
}
