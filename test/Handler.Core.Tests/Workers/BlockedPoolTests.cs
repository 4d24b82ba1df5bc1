namespace Handler.Tests.Workers;

/// <summary>Callers that block every thread that the pool may have.</summary>
[Collection(Alone.Name)]
public sealed class BlockedPoolTests
{
    [Fact]
    public async Task They_are_told_without_a_thread_of_the_pool()
    {
        const int Threads = 8;
        await using var node = await TestNode.StartAsync(static options => options.MaxWorkers = 4);
        ThreadPool.GetMaxThreads(out var most, out var ports);
        Assert.True(ThreadPool.SetMaxThreads(Threads, ports));
        try
        {
            // On a thread of its own: this one may be of the pool.
            await Task.Factory.StartNew(() => BlockAll(node, Threads), TaskCreationOptions.LongRunning);
        }
        finally
        {
            Assert.True(ThreadPool.SetMaxThreads(most, ports));
        }
    }

    private static void BlockAll(TestNode node, int threads)
    {
        var callers = 4 * threads; // the test's host has some of the threads
        using var told = new CountdownEvent(callers);
        for (var caller = 0; caller < callers; caller++)
        {
            _ = Task.Run(() =>
            {
                for (var i = 0; i < 10; i++)
                    Assert.Equal(1, node.Run(static () => 1).Result.GetValueOrThrow());
                told.Signal();
            });
        }

        Assert.True(told.Wait(TimeSpan.FromSeconds(30)), "Who blocks a thread of the pool waits for one.");
    }
}
