using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Verdicts;

/// <summary>The words with which messages tell how a worker exited that had not started the job it was for.</summary>
internal static class WorkerExit
{
    /// <summary>How it exited, as the end of a sentence.</summary>
    /// <param name="kill">Why this node killed it; <see langword="null"/> if it did not.</param>
    /// <param name="status">How its process exited.</param>
    public static string How(JobFailure? kill, ExitStatus status) => (kill, status) switch
    {
        ({ } failure, _) => failure.ToString(),
        (_, { Code: { } code }) => $"it exited with code {code}",
        (_, { Signal: { } signal }) => $"signal {signal} ({SignalNames.Of(signal)}) ended it",
        _ => "its exit status is not known",
    };

    /// <summary>A sentence with what it wrote, to follow another one; empty if it wrote nothing.</summary>
    public static string Wrote(string text) => text.Trim() is { Length: > 0 } trimmed ? $" It wrote: {trimmed}" : "";
}
