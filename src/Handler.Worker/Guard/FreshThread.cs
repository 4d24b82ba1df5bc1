using System.Globalization;
using System.Runtime;

namespace Handler.Guard;

/// <summary>
/// The state in which every job finds its thread, and the process settings that can be restored within a few nanoseconds. Created before
/// the first job. All jobs of a worker run on the thread that created it.
/// </summary>
internal sealed class FreshThread
{
    private readonly Thread thread = Thread.CurrentThread;
    private readonly ExecutionContext context = ExecutionContext.Capture()!;
    private readonly string? name = Thread.CurrentThread.Name;
    private readonly bool background = Thread.CurrentThread.IsBackground;
    private readonly CultureInfo? culture = CultureInfo.DefaultThreadCurrentCulture;
    private readonly CultureInfo? uiCulture = CultureInfo.DefaultThreadCurrentUICulture;
    private readonly GCLatencyMode latency = GCSettings.LatencyMode;
    private readonly (int Workers, int Ports) least;
    private readonly (int Workers, int Ports) most;

    public FreshThread()
    {
        ThreadPool.GetMinThreads(out least.Workers, out least.Ports);
        ThreadPool.GetMaxThreads(out most.Workers, out most.Ports);
    }

    /// <summary>
    /// Drops the job's execution context: its async locals, and with them its cultures, its principal and its activity. This notifies the
    /// change handlers of async locals, so it counts as part of the job's run time.
    /// </summary>
    public void RestoreContext() => ExecutionContext.Restore(context);

    /// <summary>Restores everything else.</summary>
    public void Restore()
    {
        if (SynchronizationContext.Current is not null)
            SynchronizationContext.SetSynchronizationContext(null);
        if (thread.Name != name)
            thread.Name = name;
        if (thread.Priority != ThreadPriority.Normal)
            thread.Priority = ThreadPriority.Normal;
        if (thread.IsBackground != background)
            thread.IsBackground = background;
        if (CultureInfo.DefaultThreadCurrentCulture != culture)
            CultureInfo.DefaultThreadCurrentCulture = culture;
        if (CultureInfo.DefaultThreadCurrentUICulture != uiCulture)
            CultureInfo.DefaultThreadCurrentUICulture = uiCulture;
        RestorePool();
        RestoreCollector();
    }

    /// <summary>
    /// Consumes an interruption that the job requested and that would otherwise hit the next job in its first wait. Takes about a
    /// microsecond.
    /// </summary>
    public static void TakeInterruption()
    {
        try
        {
            Thread.Sleep(0);
        }
        catch (ThreadInterruptedException)
        {
        }
    }

    private void RestoreCollector()
    {
        if (GCSettings.LatencyMode != latency)
        {
            if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
                EndRegion();
            GCSettings.LatencyMode = latency;
        }

        if (GCSettings.LargeObjectHeapCompactionMode != GCLargeObjectHeapCompactionMode.Default)
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.Default;
    }

    private static void EndRegion()
    {
        try
        {
            GC.EndNoGCRegion();
        }
        catch (InvalidOperationException)
        {
            // The GC has ended the no-GC region: the job allocated more than it had asked for.
        }
    }

    private void RestorePool()
    {
        ThreadPool.GetMinThreads(out var leastWorkers, out var leastPorts);
        ThreadPool.GetMaxThreads(out var mostWorkers, out var mostPorts);
        if ((leastWorkers, leastPorts) == least && (mostWorkers, mostPorts) == most)
            return;

        // The thread pool rejects a minimum above the maximum, and a maximum below the minimum.
        _ = ThreadPool.SetMaxThreads(Math.Max(mostWorkers, most.Workers), Math.Max(mostPorts, most.Ports));
        _ = ThreadPool.SetMinThreads(least.Workers, least.Ports);
        _ = ThreadPool.SetMaxThreads(most.Workers, most.Ports);
    }
}
