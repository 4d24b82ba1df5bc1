using Microsoft.Extensions.Logging;

namespace Handler.Tests;

/// <summary>Runs an action for each line of level warning or higher.</summary>
internal sealed class CallingLogger(Action call) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
        => call();
}
