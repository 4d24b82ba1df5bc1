using Handler.Cluster;
using Handler.Shared;

namespace Handler.Chaos;

/// <summary>The faults. Each is over when its task completes: the cluster is whole again, or about to be.</summary>
internal sealed class Faults(SiloCluster cluster, Random random, Action<string> log)
{
    private const int SiloCount = 3;
    private const string TakenForDead = "silo taken for dead without being hurt";

    private Queue<(string Name, Func<Task> Fault)> left = [];

    public Dictionary<string, int> Counts { get; } = [];

    /// <summary>Injects one fault, chosen at random. No fault comes again before all have come.</summary>
    public Task DoOneAsync()
    {
        if (left.Count == 0)
        {
            (string, Func<Task>)[] all =
            [
                ("silo killed", KillAsync),
                ("silo of a pool killed", KillHolderAsync),
                ("silo stopped past its verdict and woken", StopPastVerdictAsync),
                ("silo stopped for a moment", StopForAMomentAsync),
                ("silo replaced normally", ReplaceAsync),
                ("Redis stopped", StopRedisAsync),
                ("Redis killed and restarted", KillRedisAsync),
                ("client killed", KillClientAsync),
            ];
            random.Shuffle(all);
            left = new Queue<(string Name, Func<Task> Fault)>(all);
        }

        var (name, fault) = left.Dequeue();
        return DoAsync(name, fault);
    }

    private async Task DoAsync(string name, Func<Task> fault)
    {
        log(name);
        Counts[name] = Counts.GetValueOrDefault(name) + 1;
        await fault();

        // A machine without CPU time for a while looks like a dead silo. The silo then ends itself.
        foreach (var silo in cluster.Silos.Where(silo => silo.HasExited).ToList())
        {
            Counts[TakenForDead] = Counts.GetValueOrDefault(TakenForDead) + 1;
            cluster.Remove(silo);
        }

        while (cluster.Silos.Count < SiloCount)
            await cluster.AddSiloAsync();
    }

    private SiloProcess Any() => cluster.Silos[random.Next(cluster.Silos.Count)];

    private TimeSpan Moment(int from, int to) => TimeSpan.FromMilliseconds(random.Next(from, to));

    private Task KillAsync() => cluster.KillAsync(Any());

    private async Task KillHolderAsync()
    {
        var pool = Callers.Tree[random.Next(Callers.Tree.Length)].Name;
        SiloProcess holder;
        try
        {
            holder = await cluster.SiloOfPoolAsync(pool);
        }
        catch (Exception exception) when (exception is TimeoutException or Orleans.Runtime.OrleansException or InvalidOperationException)
        {
            holder = Any(); // no silo knew, so soon after the last fault
        }

        await cluster.KillAsync(holder);
    }

    private async Task StopPastVerdictAsync()
    {
        var silo = Any();
        silo.Stop();
        await cluster.Table.WaitForVerdictAsync(silo);
        cluster.Remove(silo);
        await Task.Delay(Moment(0, 3_000));
        silo.Continue();
        await silo.WaitForExitAsync();
    }

    private async Task StopForAMomentAsync()
    {
        var silo = Any();
        silo.Stop();
        await Task.Delay(Moment(100, 1_500));
        silo.Continue();
    }

    private async Task ReplaceAsync()
    {
        await cluster.AddSiloAsync();
        var silo = Any();
        cluster.Remove(silo);
        silo.Terminate();
        await silo.WaitForExitAsync();
    }

    private async Task StopRedisAsync()
    {
        cluster.Redis.Stop();
        await Task.Delay(Moment(500, 5_000));
        cluster.Redis.Continue();
    }

    private async Task KillRedisAsync()
    {
        await cluster.Redis.KillAsync();
        await Task.Delay(Moment(500, 5_000));
        await cluster.Redis.RestartAsync();
    }

    private async Task KillClientAsync()
    {
        await using var client = SiloProcess.Dotnet(["client", cluster.Setup.Redis, cluster.Setup.ClusterId, "root", "2", "0"], []);
        await Task.Delay(Moment(1_000, 6_000));
        client.Signal(Signals.Kill);
    }
}
