using System.Text.Json.Serialization;

namespace Handler;

/// <summary>
/// Why a job did not complete. A closed family: <see cref="JobFailed"/>, <see cref="JobTimedOut"/>, <see cref="JobOutOfMemory"/>,
/// <see cref="JobLimitExceeded"/>, <see cref="JobExited"/>, <see cref="JobKilled"/>, <see cref="JobLost"/> and <see cref="JobRejected"/>.
/// <para>
/// Serializes to JSON and back as a <see cref="JobFailure"/> with its kind and the properties of its own type.
/// </para>
/// </summary>
[JsonConverter(typeof(JobFailureJsonConverter))]
public abstract record JobFailure
{
    private protected JobFailure(JobOutcomeKind kind) => Kind = kind;

    /// <summary>The kind of the outcome.</summary>
    [JsonIgnore]
    public JobOutcomeKind Kind { get; }

    /// <summary>One sentence that says what happened.</summary>
    [JsonIgnore]
    public string Message => Describe();

    /// <inheritdoc cref="Message"/>
    private protected abstract string Describe();

    /// <summary>The kind and the message.</summary>
    public sealed override string ToString() => $"{Kind}: {Message}";
}
