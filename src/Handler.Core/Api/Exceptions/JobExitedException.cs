namespace Handler;

/// <summary>The worker process exited while the function ran.</summary>
public sealed class JobExitedException(string message, int? exitCode, int? signal, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The exit code, if the process exited; otherwise <see langword="null"/>.</summary>
    public int? ExitCode { get; } = exitCode;

    /// <summary>The signal's number, if a signal ended the process; otherwise <see langword="null"/>.</summary>
    public int? Signal { get; } = signal;
}
