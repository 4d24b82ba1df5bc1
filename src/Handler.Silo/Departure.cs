using Handler.Grains.Nodes;
using Handler.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Handler.Silo;

/// <summary>
/// The shutdown of a silo. After its jobs have ended, Orleans writes to the membership that the silo has left, and retries for minutes if
/// it cannot. The silo promises to exit in time, so it does not wait for that: the other silos detect by their probes that it is gone.
/// </summary>
internal static partial class Departure
{
    /// <summary>
    /// How long a silo may stay after its <see cref="HandlerSiloOptions.DrainTimeout"/>: 25 s for its jobs' callers, the rest to leave the
    /// cluster.
    /// </summary>
    public static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(30);

    /// <summary>Waits until the process is told to exit, then until the silo has left the cluster or its time is over.</summary>
    /// <returns>Whether the silo has left; if not, the host is still trying to and cannot be disposed.</returns>
    public static async Task<bool> WaitAsync(IHost host, CancellationToken cancellationToken)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = host
            .Services.GetRequiredService<IHostApplicationLifetime>()
            .ApplicationStopping.Register(told.SetResult);
        var left = host.WaitForShutdownAsync(cancellationToken);
        await Task.WhenAny(left, told.Task);
        var time = host.Services.GetRequiredService<TimeProvider>();
        var drainTimeout = host.Services.GetRequiredService<IOptions<HandlerSiloOptions>>().Value.DrainTimeout;
        var outOfTime = Task.WhenAny(
            Task.Delay(drainTimeout + AfterDrain - Tuning.Silos.ExitMargin, time, CancellationToken.None),
            LeaveTimeoutAfterAsync(host.Services.GetRequiredService<SiloNode>().Drained, time));
        if (await Task.WhenAny(left, outOfTime) == left)
        {
            await left;
            return true;
        }

        LogHasNotLeft(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Handler.Silo"));
        return false;
    }

    private static async Task LeaveTimeoutAfterAsync(Task drained, TimeProvider time)
    {
        await drained;
        await Task.Delay(Tuning.Silos.LeaveTimeout, time);
    }

    [LoggerMessage(
        1502,
        LogLevel.Warning,
        "The silo could not leave the cluster cleanly; the membership in Redis may be unreachable. "
            + "It exits nevertheless; the other silos detect by their probes that it is gone"
    )]
    private static partial void LogHasNotLeft(ILogger logger);
}
