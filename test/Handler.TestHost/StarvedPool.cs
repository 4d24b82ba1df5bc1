namespace Handler.TestHost;

/// <summary>Callers that hold every thread of the thread pool until their jobs have ended: the handler must tell them without one.</summary>
internal static class StarvedPool
{
    private const int Threads = 4, Jobs = 50;

    /// <summary>Runs on the main thread alone, since all others are taken.</summary>
    public static void Run()
    {
        using var handler = new Disposing(EmbeddedHandler.StartAsync(static options => options.MaxWorkers = options.MinWorkers = Threads).GetAwaiter().GetResult());

        // Workers are started with the help of the pool.
        Task.WhenAll(Enumerable.Range(0, 4 * Threads).Select(_ => handler.Inner.RunAsync(static () => Thread.Sleep(100)))).GetAwaiter().GetResult();
        if (!ThreadPool.SetMinThreads(Threads, Threads) || !ThreadPool.SetMaxThreads(Threads, Threads))
            throw new InvalidOperationException("The pool has other ideas of its size.");
        using var holding = new Barrier(Threads);
        using var ended = new CountdownEvent(Threads);
        for (var i = 0; i < Threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    holding.SignalAndWait(); // from here on none is left
                    for (var job = 0; job < Jobs; job++)
                        handler.Inner.RunAsync(static () => 1).GetAwaiter().GetResult().GetValueOrThrow();
                    holding.SignalAndWait(); // none before the last one has all its answers
                    ended.Signal();
                },
                null);
        }

        ended.Wait();
        Console.WriteLine("all were told");
    }

    /// <summary>Disposes on the thread that has it.</summary>
    private sealed class Disposing(IHandler inner) : IDisposable
    {
        public IHandler Inner => inner;

        public void Dispose() => inner.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
