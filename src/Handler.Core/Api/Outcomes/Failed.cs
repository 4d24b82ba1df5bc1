namespace Handler;

/// <summary>The function threw, or its result could not be brought back.</summary>
/// <param name="ExceptionType">Full name of the exception's type.</param>
/// <param name="ExceptionMessage">The exception's message; its first 4,096 characters. Halves of surrogate pairs arrive as U+FFFD, here and in the text.</param>
/// <param name="ExceptionText">The exception with its inner exceptions and stack traces, as <c>ToString()</c> returns it; its first 16,384 characters. Of more than 100 inner exceptions the outermost are named.</param>
public sealed record Failed<T>(string ExceptionType, string ExceptionMessage, string ExceptionText) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => $"{ExceptionType}: {ExceptionMessage}";

    private protected override Exception ToException() => new JobFailedException(this.Message, ExceptionType, ExceptionText, Usage);
}
