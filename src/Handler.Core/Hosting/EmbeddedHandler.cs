namespace Handler;

/// <summary>A handler within this process: one node, no cluster.</summary>
public static class EmbeddedHandler
{
    /// <summary>Starts a handler and its first workers.</summary>
    /// <exception cref="ArgumentException">Options are not usable; the message lists every mistake.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static Task<IHandler> StartAsync(Action<HandlerOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        var options = new HandlerOptions();
        configure?.Invoke(options);
        throw new NotImplementedException();
    }
}
