using System.Diagnostics;
using System.Text.Json;
using Handler.Bench.Measuring;

namespace Handler.Bench.Peers.DotNet;

/// <summary>
/// The child process in which a .NET peer is measured: one measurement, whose figures are one line of JSON on stdout. The scripts of the
/// other peers do the same.
/// </summary>
internal static class PeerChild
{
    private const int StopSamples = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(string name, string measurement, double warmUpSeconds, double roundSeconds)
    {
        // The parent kills this process when it has the figures. Whatever still runs here would delay an orderly end.
        var peer = name switch
        {
            "handler" => await HandlerPeer.StartAsync(),
            "hangfire" => new HangfirePeer(),
            "process" => new ProcessPeer(),
            _ => throw new ArgumentException($"There is no peer {name}.", nameof(name)),
        };
        await peer.NoopAsync();
        object figures = measurement switch
        {
            "speed" => await MeasureSpeedAsync(peer, TimeSpan.FromSeconds(warmUpSeconds), TimeSpan.FromSeconds(roundSeconds)),
            "stop" => new PeerStop(await MedianStopAsync(peer)),
            _ => await peer.AllocateAsync(Enum.Parse<Allocation>(measurement, ignoreCase: true)),
        };
        Console.Out.WriteLine(JsonSerializer.Serialize(figures, PeerJson.Options));
        await Console.Out.FlushAsync();
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    private static async Task<PeerSpeed> MeasureSpeedAsync(IPeer peer, TimeSpan warmUp, TimeSpan round)
    {
        await Throughput.MeasureAsync(1, warmUp, (_, _) => peer.NoopAsync());
        var latency = await MeasureLatencyAsync(peer, round);
        await Throughput.MeasureAsync(16, warmUp, (_, _) => peer.NoopAsync());
        var four = await Throughput.MeasureAsync(4, round, (_, _) => peer.NoopAsync());
        var sixteen = await Throughput.MeasureAsync(16, round, (_, _) => peer.NoopAsync());
        return new PeerSpeed(four.PerSecond, sixteen.PerSecond, latency.Median);
    }

    /// <summary>The median time until a busy loop stopped, in ms; <see langword="null"/> as soon as one runs on.</summary>
    private static async Task<double?> MedianStopAsync(IPeer peer)
    {
        var times = new List<TimeSpan>();
        while (times.Count < StopSamples)
        {
            using var heartbeat = new Heartbeat();
            var start = Stopwatch.GetTimestamp();
            await peer.SpinAsync(heartbeat.Path, Limit);
            if (await heartbeat.StoppedAsync(start) is not { } time)
                return null;
            times.Add(time);
        }

        return Distribution.OfMilliseconds(times).Median;
    }

    private static async Task<Distribution> MeasureLatencyAsync(IPeer peer, TimeSpan round)
    {
        var ticks = new List<long>();
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < round;)
        {
            var start = Stopwatch.GetTimestamp();
            await peer.NoopAsync();
            ticks.Add(Stopwatch.GetTimestamp() - start);
        }

        return Distribution.OfMicroseconds(ticks);
    }
}
