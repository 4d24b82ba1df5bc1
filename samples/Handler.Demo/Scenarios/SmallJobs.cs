using System.Collections.Concurrent;
using System.Diagnostics;

namespace Handler.Demo.Scenarios;

/// <summary>Many small, harmless jobs at the same time.</summary>
internal static class SmallJobs
{
    private const int Callers = 64;

    /// <summary>Ten thousand jobs, each of which must return its own result.</summary>
    public static Scenario TenThousand() => new("10 000 small jobs", Limits.Usual, async handler =>
    {
        const int Jobs = 10_000;
        var start = Stopwatch.GetTimestamp();
        var outcomes = await RunAsync(handler, Jobs);
        var elapsed = Stopwatch.GetElapsedTime(start);

        var wrong = outcomes.Where(job => !job.Value.TryGetValue(out var square) || square != (long)job.Key * job.Key).ToList();
        var usages = outcomes.Values.Select(outcome => outcome.Usage).OfType<JobUsage>().ToList();
        var workers = usages.Select(usage => usage.WorkerPid).Distinct().Count();
        return new ScenarioResult(
            $"{Jobs - wrong.Count} of {Jobs} correct, by {workers} workers, {Jobs / elapsed.TotalSeconds:0} per second",
            new JobUsage
            {
                RunTime = elapsed,
                PeakManagedBytes = usages.Select(usage => usage.PeakManagedBytes).DefaultIfEmpty().Max(),
                PeakResidentBytes = usages.Select(usage => usage.PeakResidentBytes).DefaultIfEmpty().Max(),
            },
            wrong.Count == 0 ? null : $"the first wrong one: {wrong[0].Key} squared is {OutcomeText.Of(wrong[0].Value)}");
    });

    /// <summary>Runs jobs that square a number, from many concurrent callers, and returns their outcomes by number.</summary>
    public static async Task<IReadOnlyDictionary<int, JobOutcome<long>>> RunAsync(IHandler handler, int jobs)
    {
        var outcomes = new ConcurrentDictionary<int, JobOutcome<long>>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, jobs),
            new ParallelOptions { MaxDegreeOfParallelism = Callers },
            async (number, token) => outcomes[number] = await handler.RunAsync(() => (long)number * number, Limits.Usual, token));
        return outcomes;
    }
}
