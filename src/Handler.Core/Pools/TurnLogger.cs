using Microsoft.Extensions.Logging;

namespace Handler.Pools;

/// <summary>
/// Calls the application's logger after the current turn. A logger is application code: it may block, or call Handler.
/// </summary>
internal sealed class TurnLogger(ILogger inner, TurnContext turns) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    /// <summary>The application's own <c>IsEnabled</c> is called after the turn, because it is application code too.</summary>
    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
        => turns.Afterwards(() =>
        {
            if (inner.IsEnabled(logLevel))
                inner.Log(logLevel, eventId, state, exception, formatter);
        });
}
