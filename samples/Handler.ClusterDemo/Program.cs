using Handler.Silo;

namespace Handler.ClusterDemo;

internal static class Program
{
    /// <summary>The argument that makes this program a silo.</summary>
    public const string SiloMode = "silo";

    private static async Task<int> Main(string[] args) => args is [SiloMode, .. var rest]
        ? await SiloHost.RunAsync(rest)
        : await ClusterRun.RunAsync() ? 0 : 1;
}
