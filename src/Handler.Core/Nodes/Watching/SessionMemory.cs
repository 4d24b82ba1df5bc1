using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>
/// Measures the processes that running jobs have started, and the files in memory that these jobs have open. Only the watchdog's thread
/// uses it.
/// </summary>
internal sealed class SessionMemory(ISessions sessions)
{
    private readonly List<(Worker Worker, Job Job)> included = [];
    private readonly List<int> otherGroups = [];
    private readonly List<StartedProcess> outside = [];
    private long nextMeasurement;

    /// <summary>Measures the jobs that were included since the last <see cref="Clear"/>.</summary>
    /// <remarks>
    /// Called without the gate, because it takes about 100 µs; the next check of the job uses the result.
    /// </remarks>
    public void Measure(long now)
    {
        if (included.Count == 0 || now < nextMeasurement)
            return;
        sessions.Refresh();
        var interval = Tuning.Watch.MemoryInterval;
        foreach (var (worker, job) in included)
        {
            if (worker.Process is not { } process)
                continue;
            _ = process.UsedMemory(withDescriptors: true); // counts from here on
            Measure(process, job);
            if (job.Watched.Started!.Processes > 0)
                interval = Tuning.Watch.ProcessInterval;
        }

        nextMeasurement = now + Math.Max(interval, Tuning.Watch.SessionParts * (Stopwatch.GetTimestamp() - now));
    }

    /// <summary>Excludes all jobs.</summary>
    public void Clear() => included.Clear();

    /// <summary>Includes a job in the next measurement.</summary>
    public void Include(Worker worker, Job job)
    {
        if (included.Count == 0 || included[^1].Job != job)
            included.Add((worker, job));
    }

    private void Measure(IWorkerProcess process, Job job)
    {
        var use = sessions.UseOf(process.Pid);
        job.Watched.Started = use;
        sessions.OtherGroups(process.Pid, otherGroups);
        process.TieGroups(otherGroups);
        sessions.OutsideSession(process.Pid, outside);
        process.NoteOutside(outside);
    }
}
