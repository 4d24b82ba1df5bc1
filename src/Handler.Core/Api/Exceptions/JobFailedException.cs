namespace Handler;

/// <summary>The function threw, or its result could not be brought back.</summary>
public sealed class JobFailedException(string message, string exceptionType, string exceptionText, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>Full name of the type of the exception that the function threw.</summary>
    public string ExceptionType { get; } = exceptionType;

    /// <summary>The function's exception as text, with stack trace.</summary>
    public string ExceptionText { get; } = exceptionText;
}
