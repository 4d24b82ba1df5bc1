using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>
/// A handler with strict profiles that runs each job of <see cref="HostileJobs"/>, some at the same time. Those of a lane run one after the
/// other in one pool, and share its workers.
/// </summary>
public sealed class StrictNode : IAsyncLifetime
{
    private const int Lanes = 4;
    private const string Alone = "alone", Other = "other";

    private static readonly JobOptions Unhurried
        = new() { PoolTimeout = TimeSpan.FromMinutes(1), Timeout = TimeSpan.FromMinutes(1) };

    private readonly Dictionary<string, Task<HostileRun>> runs = [];
    private TestNode? node;

    internal TestNode Node => node!;

    public async Task InitializeAsync()
    {
        if (Landlock.WhyNot(Landlock.ForProcesses) is not null)
            return;
        node = await TestNode.StartAsync(static options =>
        {
            options.MaxWorkers = 2 * Lanes;
            options.MaxPayloadBytes = 8 << 20;
            options.AddStrictProfile("strict", static profile => profile.Hardening.MaxFileBytes = 8 << 20)
                .AddStrictProfile("once", static profile => (profile.Sharing, profile.SpareWorkers) = (WorkerSharing.Job, 1))
                .AddPool(Alone, static pool => pool.Profile = "once")
                .AddPool(Other);
            for (var lane = 0; lane < Lanes; lane++)
                options.AddPool(NameOf(lane), static pool => pool.Profile = "strict");
        });
        var last = new Task[Lanes];
        Array.Fill(last, Task.CompletedTask);
        foreach (var (index, job) in HostileJobs.All.Index())
            last[index % Lanes] = runs[job.Source] = RunAfter(last[index % Lanes], job, NameOf(index % Lanes));
    }

    public async Task DisposeAsync()
    {
        await Task.WhenAll(runs.Values);
        if (node is not null)
            await node.DisposeAsync();
    }

    /// <summary>What one of the jobs, and two plain ones after it, have come to.</summary>
    internal Task<HostileRun> RunOf(string source) => Wait.For(runs[source], source);

    /// <summary>Runs a job in a pool of a strict profile.</summary>
    internal Task<JobOutcome<T>> Run<T>(Func<T> job) => Wait.For(Node.Handler.GetPool(NameOf(0)).RunAsync(job, Unhurried));

    private static string NameOf(int lane) => $"lane {lane}";

    private async Task<HostileRun> RunAfter(Task before, HostileJob job, string lane)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // its own case reports it
        var pool = Node.Handler.GetPool(job.NeedsFreshWorker ? Alone : lane);
        var (outcome, value) = await job.Start(pool, job.Limits);
        var next = await pool.RunAsync(static () => 1 + 1, Unhurried);
        var other = await Node.Handler.GetPool(Other).RunAsync(static () => 1 + 1, Unhurried);
        return new HostileRun(outcome, HostileJob.TextOf(outcome, value), next, other);
    }
}
