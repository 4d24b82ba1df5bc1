using Handler.Infrastructure;
using Handler.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Nodes;

/// <summary>
/// Calls the application's logger on a separate thread. Handler logs in places where a logger that blocks, throws or calls Handler again
/// would stop jobs, such as under the dispatcher's lock. Here such a logger only delays or loses lines. Each line is written in the
/// execution context of the code that logged it, and so with its scopes and activity.
/// </summary>
/// <param name="inner">The application's logger.</param>
/// <param name="platform">
/// Starts the thread when the first line is logged. If the thread is refused, the next line asks for it again.
/// </param>
/// <param name="post">Runs the action that starts the thread, which may block, on a thread where that does no harm.</param>
internal sealed partial class BackgroundLogger(ILogger inner, IPlatform platform, Action<Action> post) : ILogger
{
    private readonly object gate = new();
    private readonly Queue<Line> lines = [];
    private long dropped;
    private bool asked;
    private bool started;
    private bool writing;
    private bool closed;

    /// <summary>How long <see cref="Close"/> waits for the lines to be written.</summary>
    public TimeSpan ClosePatience { get; init; } = TimeSpan.FromMilliseconds(Tuning.Log.ClosePatience);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null; // each line carries the scopes of the code that logged it

    /// <summary>The application's own <c>IsEnabled</c> is called on the logging thread, because it is application code too.</summary>
    public bool IsEnabled(LogLevel logLevel) => inner is not NullLogger;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var line = new Line<TState>(logLevel, eventId, state, exception, formatter);
        lock (gate)
        {
            if (closed)
                return;
            if (lines.Count < Tuning.Log.MaxLines)
                lines.Enqueue(line);
            else
                dropped++;
            Monitor.PulseAll(gate);
            if (asked)
                return;
            asked = true;
        }

        post(Start);
    }

    /// <summary>Waits until all lines are written, or cannot be written.</summary>
    /// <returns>Whether all are written.</returns>
    public bool Flush(TimeSpan patience)
    {
        var end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        lock (gate)
        {
            while (HasMore && started && end - Environment.TickCount64 is var left and > 0)
                Monitor.Wait(gate, (int)left);
            return !HasMore;
        }
    }

    /// <summary>
    /// Writes the waiting lines for a limited time, and ends the thread. Further lines are not written.
    /// </summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Monitor.PulseAll(gate);
            if (!HasMore)
                return;
        }

        Start();
        Flush(ClosePatience);
        lock (gate)
        {
            lines.Clear();
            dropped = 0;
        }
    }

    private bool HasMore => writing || lines.Count > 0 || dropped > 0;

    private void Start()
    {
        lock (gate)
        {
            if (started)
                return;
            started = true;
        }

        try
        {
            platform.StartThread("Handler log", Run);
        }
        catch (Exception exception) when (exception is IOException or OutOfMemoryException)
        {
            lock (gate)
            {
                started = asked = false;
                Monitor.PulseAll(gate);
            }
        }
    }

    private void Run()
    {
        while (Next(out var line, out var lost))
        {
            line?.Write(inner);
            if (lost > 0)
                Write(() => LogDropped(inner, lost));
        }
    }

    /// <summary>Gets the next line and, once there is room again, the number of dropped lines.</summary>
    private bool Next(out Line? line, out long lost)
    {
        lock (gate)
        {
            writing = false;
            Monitor.PulseAll(gate);
            while (!HasMore && !closed)
                Monitor.Wait(gate);
            writing = HasMore;
            lines.TryDequeue(out line);
            lost = lines.Count <= Tuning.Log.MaxLines / 2 ? dropped : 0;
            dropped -= lost;
            return writing;
        }
    }

    private static void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception)
        {
            // The logger itself failed, so there is nowhere to report it.
        }
    }

    [LoggerMessage(
        1009,
        LogLevel.Warning,
        "{Count} log lines of Handler were dropped: the application's logger is too slow, or does not return"
    )]
    private static partial void LogDropped(ILogger logger, long count);

    private abstract class Line
    {
        private readonly ExecutionContext? context = ExecutionContext.Capture();

        public void Write(ILogger logger)
        {
            if (context is null)
                BackgroundLogger.Write(() => WriteHere(logger));
            else
                ExecutionContext.Run(context, _ => BackgroundLogger.Write(() => WriteHere(logger)), null);
        }

        protected abstract void WriteHere(ILogger logger);
    }

    private sealed class Line<TState>(
        LogLevel level,
        EventId id,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
        : Line
    {
        protected override void WriteHere(ILogger logger)
        {
            if (logger.IsEnabled(level))
                logger.Log(level, id, state, exception, formatter);
        }
    }
}
