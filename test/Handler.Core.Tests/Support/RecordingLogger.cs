using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Handler.Tests;

/// <summary>Records log lines.</summary>
internal sealed class RecordingLogger : ILogger
{
    public ConcurrentQueue<LogLine> Lines { get; } = [];

    /// <summary>Whether it throws, as a broken provider does.</summary>
    public bool Throws { get; set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue(new LogLine(logLevel, eventId.Id, formatter(state, exception), exception));
        if (Throws)
            throw new InvalidOperationException("The logger is broken.");
    }
}
