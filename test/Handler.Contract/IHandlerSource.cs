namespace Handler.Contract;

/// <summary>Gives handlers of one kind to the tests.</summary>
public interface IHandlerSource
{
    /// <summary>Starts a handler with these pools. At least two jobs run at the same time.</summary>
    Task<IHandler> StartAsync(Action<HandlerOptions> configure);
}
