using System.Text.Json.Serialization;
using Handler.Infrastructure;

namespace Handler;

/// <summary>The worker process exited while the function ran, without a request to kill the job.</summary>
/// <param name="ExitCode">The exit code, if the process exited; otherwise <see langword="null"/>.</param>
/// <param name="Signal">The signal's number, if a signal ended the process; otherwise <see langword="null"/>.</param>
/// <param name="Reason">What is known about the cause, such as <c>stack overflow</c>; <see langword="null"/> if nothing is known.</param>
[JsonConverter(typeof(JobFailureJsonConverter))]
public sealed record JobExited(int? ExitCode, int? Signal, string? Reason) : JobFailure(JobOutcomeKind.Exited)
{
    private protected override string Describe() => "Process exited with "
        + (ExitCode is { } code ? $"code {code}" : Signal is { } signal ? $"signal {signal} ({SignalNames.Of(signal)})" : "unknown status")
        + (Reason is null ? "" : $": {Reason}");
}
