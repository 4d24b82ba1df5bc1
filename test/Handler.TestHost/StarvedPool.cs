namespace Handler.TestHost;

/// <summary>
/// Callers that hold every thread-pool thread until their jobs have ended. The handler must deliver the outcomes without such a thread.
/// </summary>
internal static class StarvedPool
{
    private const int Threads = 4, Jobs = 50;

    /// <summary>Runs only on the main thread, because all others are taken.</summary>
    public static void Run()
    {
        using var handler = new Disposing(
            EmbeddedHandler.StartAsync(static options => options.MaxWorkers = options.MinWorkers = Threads).GetAwaiter().GetResult());

        // Starting workers needs the thread pool.
        Task.WhenAll(Enumerable.Range(0, 4 * Threads).Select(_ => handler.Inner.RunAsync(static () => Thread.Sleep(100))))
            .GetAwaiter()
            .GetResult();
        if (!ThreadPool.SetMinThreads(Threads, Threads) || !ThreadPool.SetMaxThreads(Threads, Threads))
            throw new InvalidOperationException("The pool has other ideas of its size.");
        using var holding = new Barrier(Threads);
        using var ended = new CountdownEvent(Threads);
        for (var i = 0; i < Threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    holding.SignalAndWait(); // from here on no thread is left
                    for (var job = 0; job < Jobs; job++)
                        handler.Inner.RunAsync(static () => 1).GetAwaiter().GetResult().GetValueOrThrow();
                    holding.SignalAndWait(); // no thread is released before the last caller has all its outcomes
                    ended.Signal();
                },
                null);
        }

        ended.Wait();
        Console.WriteLine("all were told");
    }

    /// <summary>Disposes synchronously, on the calling thread.</summary>
    private sealed class Disposing(IHandler inner) : IDisposable
    {
        public IHandler Inner => inner;

        public void Dispose() => inner.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
