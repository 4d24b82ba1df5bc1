using Handler.Embedded;
using Microsoft.Extensions.Logging;

namespace Handler.Tests;

/// <summary>
/// A handler whose workers, and the processes that they start, can be told apart from all others. Disposing it checks that none of
/// them is left.
/// </summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const string Variable = "HANDLER_TEST_NODE";

    private TestNode(IHandler handler, string marker)
    {
        Handler = handler;
        Marker = marker;
    }

    public IHandler Handler { get; }

    public string Marker { get; }

    public static async Task<TestNode> StartAsync(Action<HandlerOptions>? configure = null, ILogger? logger = null)
    {
        var marker = Guid.NewGuid().ToString("N");
        var handler = await Wait.For(
            EmbeddedHandler.StartAsync(
                options =>
                {
                    options.MaxWorkers = 4;
                    options.WorkerEnvironment[Variable] = marker;
                    configure?.Invoke(options);
                },
                logger),
            "the start of a handler");
        return new TestNode(handler, marker);
    }

    /// <summary>Process ids of its workers.</summary>
    public List<int> Workers() => [.. Processes().Where(each => each.ParentPid == Environment.ProcessId).Select(each => each.Pid)];

    /// <summary>Its workers and all processes that they started.</summary>
    public List<ProcessEntry> Processes() => ProcessTable.WithVariable(Variable, Marker);

    public async Task<JobOutcome<T>> Run<T>(Func<T> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => await Wait.For(Handler.RunAsync(function, limits, cancellationToken));

    public async Task<JobOutcome> Run(Action function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => await Wait.For(Handler.RunAsync(function, limits, cancellationToken));

    public async Task<JobOutcome> Run(Func<Task> function, JobLimits? limits = null, CancellationToken cancellationToken = default)
        => await Wait.For(Handler.RunAsync(function, limits, cancellationToken));

    /// <summary>Kills a process as an operator would.</summary>
    public static void Kill(int pid, int signal = Signals.Kill) => Assert.Equal(0, Signals.Send(pid, signal));

    /// <summary>
    /// Kills idle workers and waits until they have exited. A worker that is still exiting could receive the next request, and then it
    /// would be unknown whether its job has started.
    /// </summary>
    public static Task KillIdle(params IReadOnlyList<int> pids)
    {
        foreach (var pid in pids)
            Kill(pid);
        return Wait.Until(() => pids.All(HasEnded), "the killed workers to end");
    }

    /// <summary>Waits until the logger has received all lines that were logged so far.</summary>
    public void FlushLog() => Assert.True(((EmbeddedNode)Handler).Logger.Flush(TimeSpan.FromSeconds(30)), "the log lines were not written");

    private static bool HasEnded(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // state, ...: see proc_pid_stat(5)
            return fields[0] == "Z" && int.Parse(fields[17]) <= 1; // its first thread can end before the others
        }
        catch (IOException)
        {
            return true; // the process no longer exists
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Wait.For(Handler.DisposeAsync().AsTask(), "the handler to be disposed");
        await Wait.Until(() => Processes().Count == 0, () => $"processes left after Dispose: {string.Join(", ", Processes())}");
    }
}
