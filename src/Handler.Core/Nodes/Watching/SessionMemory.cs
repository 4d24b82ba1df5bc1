using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// Measures the processes that long-running jobs have started, and the files in memory that these jobs have open. Only the watchdog's
/// thread uses it.
/// </summary>
internal sealed class SessionMemory(ISessions sessions)
{
    private readonly List<Worker> longRunning = [];
    private readonly List<int> otherGroups = [];
    private long nextMeasurement;

    /// <summary>Measures the workers that were included since the last <see cref="Clear"/>.</summary>
    /// <remarks>
    /// Called without the gate, because it takes about 100 µs; the next check of the worker's memory uses the result.
    /// </remarks>
    public void Measure(long now)
    {
        if (longRunning.Count == 0 || now < nextMeasurement)
            return;
        sessions.Refresh();
        foreach (var worker in longRunning)
        {
            if (worker.Process is not { } process)
                continue;
            _ = process.UsedMemory(withDescriptors: true); // counts from here on
            worker.MemoryOfStartedProcesses = sessions.UsedMemory(process.Pid);
            sessions.OtherGroups(process.Pid, otherGroups);
            process.TieGroups(otherGroups);
        }

        nextMeasurement = now + Math.Max(Tuning.Watch.MemoryInterval, Tuning.Watch.SessionParts * (Stopwatch.GetTimestamp() - now));
    }

    /// <summary>Excludes all workers.</summary>
    public void Clear() => longRunning.Clear();

    /// <summary>Includes a worker in the next measurement.</summary>
    public void Include(Worker worker) => longRunning.Add(worker);
}
