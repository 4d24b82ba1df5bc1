using Handler.Bench.Measuring;
using Handler.Bench.PingPong;

namespace Handler.Bench.Groups;

/// <summary>
/// Small jobs per second by the number of concurrent callers, compared with the bare channel with as many children as the handler has
/// workers.
/// </summary>
internal sealed class ThroughputFigures : IFigureGroup
{
    private const string PingPong = "pingpong_per_s_16";
    private const int PingPongCallers = 16;
    private static readonly (string Name, int Callers)[] Jobs =
    [
        ("jobs_per_s_1", 1),
        ("jobs_per_s_4", 4),
        ("jobs_per_s_16", 16),
        ("jobs_per_s_64", 64),
    ];

    public IReadOnlyList<string> Names { get; } = [.. Jobs.Select(jobs => jobs.Name), PingPong];

    public async Task MeasureAsync(BenchContext context)
    {
        var jobs = Jobs.Where(jobs => context.Wants(jobs.Name)).ToArray();
        await using var handler = jobs.Length == 0
            ? null
            : await HandlerUnderTest.StartAsync(BenchSettings.BenchWorkers, context.CancellationToken);
        await using var bare = context.Wants(PingPong) ? new PingPongClients(BenchSettings.BenchWorkers) : null;

        List<(string Name, int Callers, Func<int, int, Task> Call)> subjects = [];
        if (bare is not null)
            subjects.Add((PingPong, PingPongCallers, bare.RoundTripAsync));
        foreach (var (name, callers) in jobs)
            subjects.Add((name, callers, (_, _) => BenchJobs.NoopAsync(handler!)));

        foreach (var (_, callers, call) in subjects)
            await Throughput.MeasureAsync(callers, context.Settings.WarmUp, call);

        // Every round measures all subjects, so that noise on the machine affects the handler and its baseline alike.
        var rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<Throughput>());
        for (var round = 0; round < context.Settings.ThroughputRounds; round++)
        {
            foreach (var (name, callers, call) in subjects)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                rounds[name].Add(await Throughput.MeasureAsync(callers, context.Settings.ThroughputRound, call));
            }
        }

        foreach (var (name, results) in rounds)
        {
            context.Figures.Add(name, new Distribution(results.Select(result => result.PerSecond)).Median);
            context.Notes.Add(
                $"{name}: "
                    + $"{new Distribution(results.Select(result => result.CpuMicroseconds)).Median:0.0} µs of this process's CPU time each."
            );
        }
    }

    /// <summary>Several children. Callers are spread evenly over them, and each caller always uses the same child.</summary>
    private sealed class PingPongClients(int count) : IAsyncDisposable
    {
        private readonly PingPongClient[] clients = [.. Enumerable.Range(0, count).Select(_ => new PingPongClient())];

        public Task RoundTripAsync(int caller, int number)
            => clients[caller % clients.Length].RoundTripAsync(((long)caller << 32) | (uint)number);

        public async ValueTask DisposeAsync()
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }
}
