namespace Handler.Abuse;

/// <summary>
/// The thread pool has at most four threads, and callers block on all of them: each call must end without another thread-pool thread.
/// The argument selects what the callers do. Runs on the main thread, which is not a thread-pool thread.
/// </summary>
public sealed class CappedThreadPool : IScenario
{
    private const int Threads = 4, Items = 12;

    /// <inheritdoc/>
    public Task RunAsync(string[] arguments)
    {
        if (!ThreadPool.SetMinThreads(Threads, Threads) || !ThreadPool.SetMaxThreads(Threads, Threads))
            throw new InvalidOperationException("The thread pool cannot be capped.");
        if (arguments[0] == "start")
        {
            // Even starting and disposing a handler must work.
            Block(static number =>
            {
                var handler = EmbeddedHandler.StartAsync(static options => options.MaxWorkers = 1).GetAwaiter().GetResult();
                var value = handler.RunAsync(static () => 1).GetAwaiter().GetResult().Message;
                handler.DisposeAsync().AsTask().GetAwaiter().GetResult();
                return value;
            });
            return Task.CompletedTask;
        }

        var inner = EmbeddedHandler.StartAsync(static options =>
        {
            (options.MaxWorkers, options.SpareWorkers) = (2, 0);
            options.AddPool("parent", static pool => pool.MaxWorkers = 2);
            options.AddPool("one", static pool => (pool.MaxWorkers, pool.Parent) = (1, "parent"));
        }).GetAwaiter().GetResult();
        var handler = inner;
        var pool = handler.GetPool("one");
        var patient = new JobOptions { Wait = TimeSpan.FromSeconds(30) };
        Func<int, string> ask = arguments[0] switch
        {
            "exits" => _ =>
                handler
                    .RunAsync(static () =>
                    {
                        Environment.Exit(1);
                        return 1;
                    })
                    .GetAwaiter()
                    .GetResult()
                    .Message,
            "times out" => _ =>
                handler
                    .RunAsync(static () => Thread.Sleep(Timeout.Infinite), new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) })
                    .GetAwaiter()
                    .GetResult()
                    .Message,
            "is cancelled" => _ =>
            {
                using var source = new CancellationTokenSource();
                var job = handler.RunAsync(static () => Thread.Sleep(Timeout.Infinite), null, source.Token);
                source.Cancel();
                return job.GetAwaiter().GetResult().Message;
            }
            ,
            "large" => _ =>
            {
                var bytes = new byte[5 << 20];
                return handler
                    .RunAsync(() => bytes.Length, new JobLimits { MaxHeapBytes = 200 << 20 })
                    .GetAwaiter()
                    .GetResult()
                    .GetValueOrThrow()
                    .ToString();
            }
            ,
            "medium" => _ =>
            {
                var bytes = new byte[20 << 10];
                return handler.RunAsync(() => bytes.Length).GetAwaiter().GetResult().GetValueOrThrow().ToString();
            }
            ,
            "waits in a pool" => _ => pool.RunAsync(static () => Thread.Sleep(20), patient).GetAwaiter().GetResult().Message,
            "waits for a full pool" => _ =>
            {
                using var job = new Owned<JobHandle>(
                    pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite), patient).GetAwaiter().GetResult());
                return pool.RunAsync(static () => 1, new JobOptions { Wait = TimeSpan.FromMilliseconds(50) })
                    .GetAwaiter()
                    .GetResult()
                    .Kind.ToString();
            }
            ,
            "cancels its wait" => _ =>
            {
                using var source = new CancellationTokenSource();
                using var job = new Owned<JobHandle>(
                    pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite), patient).GetAwaiter().GetResult());
                var waiting = pool.RunAsync(static () => 1, patient, source.Token);
                source.Cancel();
                return waiting.GetAwaiter().GetResult().Message;
            }
            ,
            "starts in a pool" => _ =>
            {
                var start = pool.TryStartAsync(static () => Thread.Sleep(20), patient).GetAwaiter().GetResult();
                return start.Job!.Outcome.GetAwaiter().GetResult().Message;
            }
            ,
            var other => throw new ArgumentException($"Callers cannot ask for \"{other}\"."),
        };
        Block(ask);
        handler.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return Task.CompletedTask;
    }

    /// <summary>Prints the distinct results of all callers.</summary>
    private static void Block(Func<int, string> ask)
    {
        var got = new string[Items];
        using var ended = new CountdownEvent(Items);
        for (var i = 0; i < Items; i++)
        {
            var number = i;
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    try
                    {
                        got[number] = ask(number);
                    }
                    catch (Exception exception)
                    {
                        got[number] = exception.ToString();
                    }

                    ended.Signal();
                },
                null);
        }

        if (!ended.Wait(TimeSpan.FromSeconds(40)))
            throw new TimeoutException($"{ended.CurrentCount} of {Items} callers wait for ever.");
        foreach (var each in got.Distinct())
            Console.WriteLine(each);
    }

    /// <summary>Disposes synchronously, on the calling thread.</summary>
    private sealed class Owned<T>(T inner) : IDisposable
        where T : IAsyncDisposable
    {
        public void Dispose() => inner.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
