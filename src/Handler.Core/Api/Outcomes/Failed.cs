namespace Handler;

/// <summary>The function threw, or its result could not be sent back.</summary>
/// <param name="ExceptionType">The full name of the exception's type.</param>
/// <param name="ExceptionMessage">
/// The first 4,096 characters of the exception's message. Unpaired surrogates arrive as U+FFFD, here and in
/// <paramref name="ExceptionText"/>.
/// </param>
/// <param name="ExceptionText">
/// The first 16,384 characters of the exception's <c>ToString()</c>, with its inner exceptions and stack traces. If there are more than 100
/// inner exceptions, only the outermost are named.
/// </param>
public sealed record Failed<T>(string ExceptionType, string ExceptionMessage, string ExceptionText) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => $"{ExceptionType}: {ExceptionMessage}";

    private protected override Exception ToException() => new JobFailedException(this.Message, ExceptionType, ExceptionText, Usage);
}
