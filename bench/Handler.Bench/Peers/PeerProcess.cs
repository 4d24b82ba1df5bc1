using System.Collections.Concurrent;
using System.Diagnostics;
using Handler.Bench.Output;

namespace Handler.Bench.Peers;

/// <summary>The process in which a peer is measured.</summary>
internal static class PeerProcess
{
    private const int ErrorLines = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Starts it, waits for the line with its figures, and kills it together with whatever still runs in it.</summary>
    /// <returns>The line; <see langword="null"/> if the process exited without one.</returns>
    public static async Task<string?> ReadFiguresAsync(string name, ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        try
        {
            var errors = new ConcurrentQueue<string>();
            process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
            process.BeginErrorReadLine();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            if (await process.StandardOutput.ReadLineAsync(patience.Token) is { } figures)
                return figures;

            await process.WaitForExitAsync(patience.Token);
            ConsoleReport.WriteExit(name, process.ExitCode, errors.Where(line => line.Length > 0).Take(ErrorLines));
            return null;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
