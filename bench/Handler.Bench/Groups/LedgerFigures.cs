using System.Diagnostics;
using Handler.Bench.Measuring;
using Handler.Embedded;
using Handler.Pools;

namespace Handler.Bench.Groups;

/// <summary>
/// The cost of admission itself, without workers: the ledger by the number of running jobs, and the acquire and release of a lease among
/// many pools.
/// </summary>
internal sealed class LedgerFigures : IFigureGroup
{
    private const int Rounds = 15;
    private const int Calls = 20_000;
    private const int ManyPools = 10_000;
    private const string AmongMany = "pools_10000_acquire_ns";
    private static readonly (string Name, int Running)[] Ledgers =
        [("ledger_acquire_release_ns_10", 10), ("ledger_acquire_release_ns_1000", 1_000), ("ledger_acquire_release_ns_100000", 100_000)];

    public IReadOnlyList<string> Names { get; } = [.. Ledgers.Select(ledger => ledger.Name), AmongMany];

    public Task MeasureAsync(BenchContext context)
    {
        var subjects = Ledgers
            .Where(ledger => context.Wants(ledger.Name))
            .Select(ledger => (ledger.Name, Call: OnLedger(ledger.Running)))
            .ToList();
        if (context.Wants(AmongMany))
            subjects.Add((AmongMany, AmongManyPools()));
        var results = subjects.ToDictionary(subject => subject.Name, _ => new List<double>());
        for (var round = -Rounds; round < Rounds; round++)
        {
            foreach (var (name, call) in subjects)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < Calls; i++)
                    call(i);
                if (round >= 0) // the rounds before are warm-up for the JIT
                    results[name].Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / Calls);
            }
        }

        foreach (var (name, nanoseconds) in results)
            context.Figures.Add(name, new Distribution(nanoseconds).Median);
        return Task.CompletedTask;
    }

    private static Action<int> OnLedger(int running)
    {
        var ledger = new PoolLedger(new PoolLimits(running + 1, long.MaxValue / 2), new());
        var node = new NodeId("node");
        var next = 0UL;
        for (var i = 0; i < running; i++)
            Take();
        return _ =>
        {
            var job = Take();
            if (!ledger.Release(job, Route.Entry, out var _))
                throw new InvalidOperationException("The share was not there.");
        };

        JobId Take()
        {
            var job = new JobId(1, ++next);
            if (ledger.TryHold(new ShareRequest(job, Route.Entry, node, "report", 1, 0)) != HoldResult.Held || !ledger.Commit(job, null))
                throw new InvalidOperationException("There was no room.");
            return job;
        }
    }

    private static Action<int> AmongManyPools()
    {
        var pools = new InProcessPools();
        var requests = Enumerable
            .Range(0, ManyPools)
            .Select(number => new AdmissionRequest
            {
                Pool = $"pool-{number}",
                Bytes = 1,
                PoolTimeout = TimeSpan.FromSeconds(1),
            })
            .ToArray();
        foreach (var request in requests)
            pools.Add(request.Pool, new PoolConfiguration { Limits = new PoolLimits(10, 1_000) });
        return number =>
        {
            // Steps of a large prime, so that consecutive requests do not go to neighbors in the table.
            var lease = pools.Admit(requests[number * 7919L % ManyPools], Stopwatch.GetTimestamp(), default, out var otherwise)
                ?? otherwise.Result.Lease!;
            pools.End(lease, LeaseOutcome.Completed);
        };
    }
}
