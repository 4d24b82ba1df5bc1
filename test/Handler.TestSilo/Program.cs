using System.Globalization;
using Handler.Silo;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Handler.TestSilo;

/// <summary>A silo with the settings of its command line, or a client if the first argument is <c>client</c>.</summary>
public static class Program
{
    /// <summary>The environment variable with Orleans' response timeout in seconds.</summary>
    public const string ResponseTimeout = "HANDLER_TEST_RESPONSE_TIMEOUT";

    /// <summary>Runs until it is asked to stop.</summary>
    public static Task<int> Main(string[] arguments)
        => arguments is ["client", .. var rest] ? TestClient.RunAsync(rest) : SiloHost.RunAsync(arguments, Configure);

    private static void Configure(ISiloBuilder silo)
    {
        silo.AddGrainService<RecordsService>();
        silo.Services.AddSingleton<RecordsServices>();
        silo.AddStartupTask(static async (services, _) =>
            await services.GetRequiredService<IGrainFactory>()
                .GetGrain<IRecordsGrain>(0)
                .PingAsync()
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));
        if (Environment.GetEnvironmentVariable(ResponseTimeout) is { } seconds)
            silo.Configure<SiloMessagingOptions>(options =>
                options.ResponseTimeout = TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
    }
}
