using Handler.Nodes;

namespace Handler.Tests;

/// <summary>Creates workers whose processes are objects of the test, without a node around them.</summary>
internal static class TestWorkers
{
    private static readonly InlineContinuations Inline = new(enabled: true, static _ => { });

    /// <summary>The workers of a node of which a test needs no more.</summary>
    public static WorkerSet NewSet(int maxBusy = 4) => new(new NodeTotals(maxBusy), 1L << 30);

    /// <summary>A worker that is ready, with a process that handles no request.</summary>
    public static Worker New(
        WorkerSet? set = null,
        int jobsAllowed = int.MaxValue,
        long replaceAt = long.MaxValue,
        long startedAt = 0)
        => new(set ?? NewSet(), Inline)
        {
            Process = new ScriptedWorker(1, static (_, _) => { }),
            MaxGrowthBytes = 10 << 20,
            MaxPayloadBytes = 1 << 20,
            JobsAllowed = jobsAllowed,
            ReplaceAt = replaceAt,
            StartedAt = startedAt,
        };

    /// <summary>A worker with these jobs, which were assigned at time 0.</summary>
    public static Worker With(params Job[] jobs) => With(set: null, jobs);

    /// <summary>The same, among other workers.</summary>
    public static Worker With(WorkerSet? set, params Job[] jobs)
    {
        var worker = New(set);
        foreach (var job in jobs)
            worker.Assign(job, now: 0);
        return worker;
    }

    public static ScriptedWorker ProcessOf(Worker worker) => (ScriptedWorker)worker.Process!;
}
