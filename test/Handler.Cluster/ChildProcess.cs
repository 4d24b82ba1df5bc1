using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Handler.Cluster;

/// <summary>A process of the tests: its lines, signals to it, its end. None of them outlives this process.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    private const int MaxLines = 2_000;
    private static readonly ConcurrentDictionary<ChildProcess, bool> Running = new();

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (var child in Running.Keys)
            child.Signal(Signals.Kill);
    };

    public ChildProcess(string file, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, string directory)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.Start();
        Id = process.Id;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Running[this] = true;
    }

    public int Id { get; }

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>What it has written to stdout and stderr, the last lines of it.</summary>
    public IReadOnlyList<string> Lines => [.. lines];

    /// <summary>Waits until it has written a line.</summary>
    public Task WaitForLineAsync(string part) => Until.True(
        () => !HasExited
            ? Task.FromResult(lines.Any(line => line.Contains(part, StringComparison.Ordinal)))
            : throw new InvalidOperationException($"{process.StartInfo.FileName} ended with code {ExitCode} before it wrote \"{part}\""),
        () => $"the line \"{part}\" of process {Id}; it wrote:{Environment.NewLine}{string.Join(Environment.NewLine, lines.TakeLast(30))}");

    /// <summary>Sends a signal, if it still runs.</summary>
    public void Signal(int signal)
    {
        if (!HasExited && KillCall(Id, signal) != 0)
            Trace.WriteLine($"signal {signal} did not reach process {Id}");
    }

    /// <summary>Waits until it has ended.</summary>
    public Task WaitForExitAsync(TimeSpan? patience = null)
        => Until.True(() => HasExited, $"the end of process {Id}; it wrote:{Environment.NewLine}{string.Join(Environment.NewLine, lines.TakeLast(30))}", patience);

    public async ValueTask DisposeAsync()
    {
        Signal(Signals.Kill);
        await WaitForExitAsync();
        Running.TryRemove(this, out _);
        process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is null)
            return;
        lines.Enqueue(line);
        while (lines.Count > MaxLines)
            lines.TryDequeue(out _);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillCall(int pid, int signal);
}

/// <summary>The numbers of signals.</summary>
internal static class Signals
{
    public const int Kill = 9, Terminate = 15, Continue = 18, Stop = 19;
}
