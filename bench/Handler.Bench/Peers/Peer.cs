using System.Diagnostics;

namespace Handler.Bench.Peers;

/// <summary>A peer, and how the program that measures it is started.</summary>
/// <param name="Name">The peer and its version.</param>
/// <param name="Needs">The programs that it needs beside .NET. Without one of them the peer is left out.</param>
/// <param name="Command">The start of the program's command line in a folder of its own.</param>
/// <param name="Files">The files that belong in that folder, from a folder beside this program; <see langword="null"/> for none.</param>
internal sealed record Peer(string Name, string[] Needs, Func<ProcessStartInfo> Command, string? Files = null)
{
    public static readonly IReadOnlyList<Peer> All =
    [
        DotNet("Handler", "handler"),
        DotNet("Process.Start per job", "process"),
        DotNet("Hangfire 1.8.25", "hangfire"),
        new("piscina 5.3.2", ["node", "npm"], () => new ProcessStartInfo("node", ["piscina.mjs"]), "Node"),
        new("workerpool 10.0.3", ["node", "npm"], () => new ProcessStartInfo("node", ["workerpool.mjs"]), "Node"),
        new("Python ProcessPoolExecutor", ["python3"], () => new ProcessStartInfo("python3", ["process_pool.py"]), "Python"),
    ];

    private static Peer DotNet(string name, string child)
        => new(name, Needs: [], () => ChildProcess.StartInfo(ChildProcess.PeerMode, child));
}
