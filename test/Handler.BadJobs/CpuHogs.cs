using System.Runtime.CompilerServices;

namespace Handler.BadJobs;

/// <summary>Functions that never end. None of them holds more than a few hundred kilobytes.</summary>
public static class CpuHogs
{
    private static object? sink;

    /// <summary>Spins in an empty loop.</summary>
    public static void TightLoop()
    {
        while (true)
        {
        }
    }

    /// <summary>Spins in arithmetic without any call, so the loop never enters the runtime.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long ArithmeticLoop()
    {
        long odd = 1;
        while (odd != 0)
            odd = (odd * 3) | 1;
        return odd;
    }

    /// <summary>Sleeps in managed code.</summary>
    public static void Sleep() => Thread.Sleep(Timeout.Infinite);

    /// <summary>Sleeps in native code, where no managed exception can reach it.</summary>
    public static void NativeSleep()
    {
        while (true)
            _ = NativeCalls.Sleep(1000);
    }

    /// <summary>Sleeps in native code in a way that keeps the GC from ever starting: threads that allocate hang too.</summary>
    public static void NativeSleepThatBlocksCollection()
    {
        while (true)
            _ = NativeCalls.SleepWithoutTransition(1000);
    }

    /// <summary>Waits for a lock that is never released.</summary>
    public static void Deadlock()
    {
        var gate = new object();
        var taken = new ManualResetEventSlim();
        new Thread(() =>
        {
            Monitor.Enter(gate);
            taken.Set();
            Sleep();
        })
        { IsBackground = true }.Start();
        taken.Wait();
        Monitor.Enter(gate);
    }

    /// <summary>Awaits a task that never completes.</summary>
    public static Task AwaitForever() => new TaskCompletionSource().Task;

    /// <summary>Forces one full collection after another over a heap of small objects.</summary>
    public static void GcStorm()
    {
        var held = new byte[20_000][];
        while (true)
        {
            for (var i = 0; i < held.Length; i++)
                held[i] = new byte[100];
            GC.Collect();
        }
    }

    /// <summary>Allocates garbage as fast as it can.</summary>
    public static void AllocationStorm()
    {
        while (true)
            sink = new byte[100];
    }

    /// <summary>Catches and ignores every exception.</summary>
    public static void SwallowEverything()
    {
        while (true)
        {
            try
            {
                Thread.Sleep(1000);
                throw new InvalidOperationException("swallowed");
            }
            catch
            {
                // Ignoring it is the misbehavior.
            }
        }
    }

    /// <summary>Sees its own cancellation and continues anyway.</summary>
    public static async Task IgnoreCancellationAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Task.Delay(20, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    /// <summary>Spins on many threads of normal priority, including its own.</summary>
    public static void ManySpinningThreads(int threads)
    {
        for (var i = 1; i < threads; i++)
            new Thread(TightLoop) { IsBackground = true }.Start();
        TightLoop();
    }

    /// <summary>Spins on every thread-pool thread, so no other task gets one.</summary>
    public static void StarveThreadPool()
    {
        for (var i = 0; i < 1000; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ => TightLoop(), null);
        Sleep();
    }
}
