using Handler.Verdicts;

namespace Handler;

/// <summary>The worker process ended while the function ran, and nobody outside asked for it.</summary>
/// <param name="ExitCode">The exit code, if the process exited.</param>
/// <param name="Signal">The signal's number, if a signal ended it.</param>
/// <param name="Reason">What is known of the cause, such as <c>stack overflow</c>; <see langword="null"/> where nothing is.</param>
public sealed record Exited<T>(int? ExitCode, int? Signal, string? Reason) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => "Process exited with "
        + (ExitCode is { } code ? $"code {code}" : Signal is { } signal ? $"signal {signal} ({SignalNames.Of(signal)})" : "unknown status")
        + (Reason is null ? "" : $": {Reason}");

    private protected override Exception ToException() => new JobExitedException(this.Message, ExitCode, Signal, Usage);
}
