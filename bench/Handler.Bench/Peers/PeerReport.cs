using System.Text.Json;
using Spectre.Console;

namespace Handler.Bench.Peers;

/// <summary>The report about the peers.</summary>
internal static class PeerReport
{
    public static void Write(IEnumerable<PeerFigures> peers)
    {
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumns("", "4 in flight", "16 in flight", "no-op p50", "busy loop", "1 GiB objects", "1 GiB buffer");
        foreach (var column in table.Columns)
            column.NoWrap();
        foreach (var column in table.Columns.Skip(1).Take(4))
            column.RightAligned();
        foreach (var peer in peers)
        {
            table.AddRow(
                peer.Name,
                $"{peer.Speed.JobsPerSecond4:#,0}/s",
                $"{peer.Speed.JobsPerSecond16:#,0}/s",
                $"{peer.Speed.NoopMedian:#,0} µs",
                peer.BusyLoop.Milliseconds is { } time ? $"{time:0} ms" : "cannot stop",
                Describe(peer.Objects),
                Describe(peer.Buffer));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine("Four workers. Hangfire keeps jobs in memory; piscina uses threads of its host, workerpool processes.");
        AnsiConsole.WriteLine("Busy loop: a time limit of 100 ms; the time from the call until the loop really stopped.");
        AnsiConsole.WriteLine("1 GiB: a memory limit of 100 MiB; objects of the runtime's heap, or one buffer outside of it.");
    }

    public static void WriteJson(IEnumerable<PeerFigures> peers, FileInfo file)
    {
        file.Directory?.Create();
        File.WriteAllText(file.FullName, JsonSerializer.Serialize(peers, PeerJson.Indented));
    }

    private static string Describe(AllocationResult? result) => result switch
    {
        null => "the host exits",
        { Completed: false } => "stopped",
        { InHost: true } => "fills the host",
        _ => "cannot limit",
    };
}
