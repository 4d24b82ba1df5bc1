using Handler.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Handler.Silo;

/// <summary>
/// The end of a silo that was told to end. When its jobs have gone Orleans writes to the membership that the silo has left, and tries so for minutes where that cannot be reached. Whoever told the
/// silo to end was promised that it does so in time, so it does not wait for that: the others find it gone by their probes.
/// </summary>
internal static partial class Departure
{
    /// <summary>For so long after its jobs and pools have gone the silo tries to leave the cluster in good order.</summary>
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);

    /// <summary>So long after its <see cref="HandlerSiloOptions.DrainTimeout"/> a silo may be there: 25 s for its jobs' callers, the rest to leave the cluster.</summary>
    public static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(30);

    /// <summary>The process ends a little earlier than promised.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the process is told to end, and until the silo has left.</summary>
    /// <returns>Whether it has left; otherwise the host still tries to, and cannot be disposed.</returns>
    public static async Task<bool> WaitAsync(IHost host, CancellationToken cancellationToken)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(told.SetResult);
        var left = host.WaitForShutdownAsync(cancellationToken);
        await Task.WhenAny(left, told.Task);
        var drainTimeout = host.Services.GetRequiredService<IOptions<HandlerSiloOptions>>().Value.DrainTimeout;
        var outOfTime = Task.WhenAny(Task.Delay(drainTimeout + AfterDrain - Margin, CancellationToken.None), LeaveTimeoutAfterAsync(host.Services.GetRequiredService<SiloNode>().Drained));
        if (await Task.WhenAny(left, outOfTime) == left)
        {
            await left;
            return true;
        }

        LogHasNotLeft(host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Handler.Silo"));
        return false;
    }

    private static async Task LeaveTimeoutAfterAsync(Task drained)
    {
        await drained;
        await Task.Delay(LeaveTimeout);
    }

    [LoggerMessage(1501, LogLevel.Warning, "The silo could not leave the cluster in good order, as when the membership in Redis cannot be reached. It ends all the same; the other silos find it gone by their probes")]
    private static partial void LogHasNotLeft(ILogger logger);
}
