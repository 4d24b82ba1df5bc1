namespace Handler.Contract;

/// <summary>Provides the tests with handlers of one kind.</summary>
public interface IHandlerSource
{
    /// <summary>
    /// Starts a handler with these pools. At least two jobs run at the same time. Selectors that the options register are called in this
    /// process, so that a test can hold them up.
    /// </summary>
    Task<IHandler> StartAsync(Action<HandlerOptions> configure);
}
