using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Handler.ClusterDemo;

/// <summary>A process that the demonstration has started, and ends.</summary>
internal sealed partial class Part : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly Process process;
    private readonly string name;
    private readonly Queue<string> lastLines = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Part(string name, Process process)
    {
        this.name = name;
        this.process = process;
    }

    /// <summary>Starts a program and waits until it has written a certain text.</summary>
    public static async Task<Part> StartAsync(string name, string program, IEnumerable<string> arguments, string readyText, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>())
            start.Environment[variable] = value;
        var part = new Part(name, new Process { StartInfo = start, EnableRaisingEvents = true });
        part.process.OutputDataReceived += (_, line) => part.Read(line.Data, readyText);
        part.process.ErrorDataReceived += (_, line) => part.Read(line.Data, readyText);
        part.process.Exited += (_, _) => part.ready.TrySetException(new InvalidOperationException($"{name} has ended: {string.Join(Environment.NewLine, part.lastLines)}"));
        part.process.Start();
        part.process.BeginOutputReadLine();
        part.process.BeginErrorReadLine();
        await part.ready.Task;
        return part;
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            _ = Kill(process.Id, Terminate);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    public override string ToString() => name;

    private void Read(string? line, string readyText)
    {
        if (line is null)
            return;
        lock (lastLines)
        {
            lastLines.Enqueue(line);
            if (lastLines.Count > 20)
                lastLines.Dequeue();
        }

        if (line.Contains(readyText))
            ready.TrySetResult();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
