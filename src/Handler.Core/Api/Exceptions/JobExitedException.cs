namespace Handler;

/// <summary>The worker process ended under the function.</summary>
public sealed class JobExitedException(string message, int? exitCode, int? signal, JobUsage? usage) : JobException(message, usage)
{
    /// <summary>The exit code, if the process exited.</summary>
    public int? ExitCode { get; } = exitCode;

    /// <summary>The signal's number, if a signal ended the process.</summary>
    public int? Signal { get; } = signal;
}
