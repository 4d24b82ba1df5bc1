using Handler.Bench.Peers.DotNet;
using Handler.Bench.PingPong;

namespace Handler.Bench;

internal static class Program
{
    // The child modes come first, before the command line parser or the console library is loaded: a child that represents the
    // process-per-job alternative must not pay for what only the bench itself needs.
    private static Task<int> Main(string[] args)
        => args switch
        {
            [ChildProcess.PingPongMode, var readFrom, var writeTo] => Task.FromResult(
                PingPongChild.Run(int.Parse(readFrom), int.Parse(writeTo))),
            [ChildProcess.OneJobMode] => Task.FromResult(OneJobChild.Run()),
            [ChildProcess.SiloMode, .. var rest] => Cluster.SiloChild.RunAsync(rest),
            [ChildProcess.PeerJobMode, .. var job] => Task.FromResult(ProcessPeer.Run(job)),
            [ChildProcess.PeerMode, var peer, var measurement, var warmUp, var round] => PeerChild.RunAsync(
                peer,
                measurement,
                double.Parse(warmUp),
                double.Parse(round)),
            _ => BenchCommand.RunAsync(args),
        };
}
