using System.Text.Json.Serialization;

namespace Handler;

/// <summary>The function threw, or its value could not be sent back.</summary>
/// <param name="ExceptionType">The full name of the exception's type.</param>
/// <param name="ExceptionMessage">
/// The first 4,096 characters of the exception's message. Unpaired surrogates arrive as U+FFFD, here and in
/// <paramref name="ExceptionText"/>.
/// </param>
/// <param name="ExceptionText">
/// The first 16,384 characters of the exception's <c>ToString()</c>, with its inner exceptions and stack traces. If there are more than 100
/// inner exceptions, only the outermost are named.
/// </param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobFailed(string ExceptionType, string ExceptionMessage, string ExceptionText) : JobFailure(JobOutcomeKind.Failed)
{
    /// <summary>
    /// The options of <see cref="HardeningOptions"/> that are set for the worker and refuse the kind of call from which the function got
    /// its exception: <c>DenyProcesses</c>, or <c>RestrictReads, RestrictWrites</c>. <see langword="null"/> if there are none. For a file,
    /// the operating system does not tell whether one of them or the rights of the user were the cause.
    /// </summary>
    public string? Hardening { get; init; }

    private protected override string Describe() => $"{ExceptionType}: {ExceptionMessage}"
        + (Hardening is null ? "" : $" (the worker's Hardening refuses such calls: {Hardening})");

    /// <summary>
    /// The failure for a result that could not be read. Its bytes come from a process that has run someone's code, and reading them may run
    /// the caller's code.
    /// </summary>
    internal static JobFailed Unreadable(Type result, Exception exception)
    {
        var message = result == typeof(NoValue)
            ? exception.Message
            : $"The job's result cannot be read as {result}: {exception.Message}";
        return new JobFailed(exception.GetType().FullName!, message, exception.ToString());
    }
}
