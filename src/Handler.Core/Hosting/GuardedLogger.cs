using Microsoft.Extensions.Logging;

namespace Handler.Hosting;

/// <summary>
/// The application's logger as the threads of a node call it: one that throws must not end them, and with them the process, or keep an outcome from its caller.
/// </summary>
internal sealed class GuardedLogger(ILogger inner) : ILogger
{
    public static ILogger Of(ILogger logger) => logger as GuardedLogger ?? new GuardedLogger(logger);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false; // there is nobody to be told: telling is what failed
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // As above.
        }
    }
}
