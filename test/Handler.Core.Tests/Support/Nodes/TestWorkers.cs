using Handler.Nodes;

namespace Handler.Tests;

/// <summary>Creates workers whose processes are objects of the test, without a node around them.</summary>
internal static class TestWorkers
{
    private static readonly InlineContinuations Inline = new(enabled: true, static _ => { });

    /// <summary>A worker that is ready, with a process that handles no request.</summary>
    public static Worker New(
        StayingWorkers? staying = null,
        int jobsAllowed = int.MaxValue,
        long replaceAt = long.MaxValue,
        long startedAt = 0,
        JobQueue? queue = null)
        => new(staying ?? new StayingWorkers(), Inline, queue ?? new JobQueue(4, 1L << 30))
        {
            Process = new ScriptedWorker(1, static (_, _) => { }),
            MaxGrowthBytes = 10 << 20,
            MaxPayloadBytes = 1 << 20,
            JobsAllowed = jobsAllowed,
            ReplaceAt = replaceAt,
            StartedAt = startedAt,
        };

    /// <summary>A worker with these jobs, which were assigned at time 0.</summary>
    public static Worker With(params Job[] jobs) => With(queue: null, jobs);

    /// <summary>The same, for a node with this queue.</summary>
    public static Worker With(JobQueue? queue, params Job[] jobs)
    {
        var worker = New(queue: queue);
        foreach (var job in jobs)
            worker.Assign(job, now: 0);
        return worker;
    }

    public static ScriptedWorker ProcessOf(Worker worker) => (ScriptedWorker)worker.Process!;
}
