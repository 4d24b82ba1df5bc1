using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Handler.Cli;

/// <summary>Reads from the handler's log how long its workers took from spawn to ready: event 1001, value <c>Milliseconds</c>.</summary>
internal sealed class ReadyTimeLogger : ILogger
{
    private const int WorkerReady = 1001;

    public ConcurrentQueue<double> Milliseconds { get; } = new();

    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Debug;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == WorkerReady && state is IReadOnlyList<KeyValuePair<string, object?>> values)
            Milliseconds.Enqueue((double)values.First(value => value.Key == "Milliseconds").Value!);
    }
}
