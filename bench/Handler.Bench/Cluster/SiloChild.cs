using Handler.Silo;
using Microsoft.Extensions.DependencyInjection;

namespace Handler.Bench.Cluster;

/// <summary>This program as a silo.</summary>
internal static class SiloChild
{
    public static Task<int> RunAsync(string[] args) => SiloHost.RunAsync(args, silo => silo.Services.AddSingleton<Admitter>());
}
