namespace Handler;

/// <summary>The function threw, or its result could not be sent back.</summary>
public sealed class JobFailedException(string message, string exceptionType, string exceptionText, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The full type name of the exception that the function threw.</summary>
    public string ExceptionType { get; } = exceptionType;

    /// <summary>The function's exception as text, with its stack trace.</summary>
    public string ExceptionText { get; } = exceptionText;
}
