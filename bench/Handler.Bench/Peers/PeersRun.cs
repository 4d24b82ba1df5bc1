using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Handler.Bench.Output;

namespace Handler.Bench.Peers;

/// <summary>One run of <c>--peers</c>: the same measurements of every peer, one after the other, each in a process of its own.</summary>
internal static class PeersRun
{
    /// <summary>Measures and reports. The exit code is 1 if a peer could not be measured although its runtime is there.</summary>
    public static async Task<int> RunAsync(BenchSettings settings, FileInfo? json, CancellationToken cancellationToken)
    {
        ConsoleReport.WriteHeader(settings, Machine.Read());
        using var folder = new PeerFolder();
        var series = new PeerSeries(
            Environment.GetEnvironmentVariable("PATH") ?? "",
            (peer, cancelled) => MeasureAsync(peer, folder, settings, cancelled));
        await series.RunAsync(Peer.All, cancellationToken);
        PeerReport.Write(series.Measured);
        if (json is not null)
            PeerReport.WriteJson(series.Measured, json);
        return series.Failures == 0 ? 0 : 1;
    }

    private static async Task<PeerFigures> MeasureAsync(
        Peer peer, PeerFolder folder, BenchSettings settings, CancellationToken cancellationToken)
    {
        var directory = peer.Files is null ? null : await folder.PrepareAsync(peer.Files, cancellationToken);

        async Task<T?> OneAsync<T>(string measurement)
            where T : class =>
            await PeerProcess.ReadFiguresAsync(peer.Name, StartInfo(peer, directory, measurement, settings), cancellationToken) is { } line
                ? JsonSerializer.Deserialize<T>(line, PeerJson.Options)
                : null;

        return new PeerFigures(
            peer.Name,
            await OneAsync<PeerSpeed>("speed") ?? throw new InvalidOperationException($"{peer.Name} exited before it had run its jobs."),
            await OneAsync<PeerStop>("stop") ?? throw new InvalidOperationException($"{peer.Name} exited while it ran a busy loop."),
            await OneAsync<AllocationResult>("objects"),
            await OneAsync<AllocationResult>("buffer"));
    }

    private static ProcessStartInfo StartInfo(Peer peer, string? directory, string measurement, BenchSettings settings)
    {
        var start = peer.Command();
        start.WorkingDirectory = directory ?? "";
        start.ArgumentList.Add(measurement);
        start.ArgumentList.Add(settings.WarmUp.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(settings.ThroughputRound.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        return start;
    }
}
