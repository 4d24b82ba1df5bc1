using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Handler.Shared;

namespace Handler.Cluster;

/// <summary>
/// A process that a test starts: its output lines, signals to it, and its exit. It does not outlive this process, even if this process
/// crashes or the child is stopped.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>The exit code if the program does not exist.</summary>
    public const int NotFound = 127;

    private const int MaxLines = 2_000;
    private const string PidLine = "child-pid ";

    /// <summary>
    /// The shell passes on only environment variables whose names a shell allows, so without dots. It starts the program, prints its
    /// process id, and kills it when the shell's own stdin closes. This process holds the other end.
    /// </summary>
    private const string Shell = $$"""
        command -v "$1" >/dev/null || exit 127
        exec 3<&0
        "$@" </dev/null 3<&- &
        child=$!
        echo "{{PidLine}}$child"
        (cat <&3 >/dev/null 2>&1; kill -9 $child) >/dev/null 2>&1 &
        wait $child
        """;

    private readonly Process process;
    private readonly TaskCompletionSource<int> id = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> lines = new();
    private readonly Task written;

    public ChildProcess(string file, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, string directory)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Shell, "sh", file, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        written = process.WaitForExitAsync();
    }

    public bool HasExited => process.HasExited;

    /// <summary>128 plus the signal's number if a signal ended the process.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>The last lines that it wrote to stdout and stderr.</summary>
    public IReadOnlyList<string> Lines => [.. lines];

    /// <summary>Waits until it has written a line.</summary>
    public async Task WaitForLineAsync(string part, TimeSpan? patience = null)
    {
        await Until.True(
            () => Task.FromResult(written.IsCompleted || Wrote(part)),
            () => $"the line \"{part}\"; it wrote:{Environment.NewLine}{Tail()}",
            patience);
        if (!Wrote(part))
            throw new InvalidOperationException(
                $"The process ended with code {ExitCode} before it wrote \"{part}\"; it wrote:{Environment.NewLine}{Tail()}");
    }

    /// <summary>Sends a signal if the process still runs.</summary>
    public void Signal(int signal)
    {
        if (!HasExited)
            _ = Signals.Send(id.Task.WaitAsync(TimeSpan.FromSeconds(10)).GetAwaiter().GetResult(), signal);
    }

    /// <summary>Waits until the process has exited and its output has been read. Its last lines arrive after its exit.</summary>
    public Task WaitForLastLineAsync()
        => Until.True(
            () => Task.FromResult(written.IsCompleted),
            () => $"the end of a process and of what it writes; it wrote:{Environment.NewLine}{Tail()}");

    /// <summary>Waits until the process has exited. More lines may still arrive.</summary>
    public Task WaitForExitAsync()
        => Until.True(() => Task.FromResult(HasExited), () => $"the end of a process; it wrote:{Environment.NewLine}{Tail()}");

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await WaitForExitAsync();
        process.Dispose();
    }

    private bool Wrote(string part) => lines.Any(line => line.Contains(part, StringComparison.Ordinal));

    private string Tail() => string.Join(Environment.NewLine, lines.TakeLast(30));

    private void Add(string? line)
    {
        if (line is null)
            return;
        if (line.StartsWith(PidLine, StringComparison.Ordinal))
            id.TrySetResult(int.Parse(line.AsSpan(PidLine.Length), CultureInfo.InvariantCulture));
        lines.Enqueue(line);
        while (lines.Count > MaxLines)
            lines.TryDequeue(out _);
    }
}
