using Microsoft.Extensions.Logging;

namespace Handler.Simulation;

/// <summary>Checks the exceptions that a node logs: those that show a bug are violations.</summary>
internal sealed class SimLogger(World world, string name) : ILogger
{
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
        if (exception is not null)
            world.ViolateIfError($"{name}: {formatter(state, exception)}", exception);
    }
}
