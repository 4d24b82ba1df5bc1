using System.Diagnostics;

namespace Handler.Bench;

/// <summary>Starts this same program again, as a child that does one thing.</summary>
internal static class ChildProcess
{
    public const string PingPongMode = "child-ping-pong";
    public const string OneJobMode = "child-one-job";
    public const string SiloMode = "child-silo";

    public static ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
        => new(Environment.ProcessPath!, [typeof(Program).Assembly.Location, .. arguments]);
}
