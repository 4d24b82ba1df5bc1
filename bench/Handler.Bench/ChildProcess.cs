using System.Diagnostics;

namespace Handler.Bench;

/// <summary>Starts this program again as a child process with one task.</summary>
internal static class ChildProcess
{
    public const string PingPongMode = "child-ping-pong";
    public const string OneJobMode = "child-one-job";
    public const string SiloMode = "child-silo";
    public const string PeerMode = "child-peer";
    public const string PeerJobMode = "child-peer-job";

    public static ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
        => new(Environment.ProcessPath!, [typeof(Program).Assembly.Location, .. arguments]);
}
