using Handler.Functions;
using Handler.Infrastructure;
using Handler.Platform;

namespace Handler.Nodes;

/// <summary>How the workers of a profile are made, and how their starts went. All members require the gate, unless they say so.</summary>
/// <param name="name">The name of the profile.</param>
/// <param name="options">Its options.</param>
/// <param name="command">How a worker process is started.</param>
/// <param name="setupFrame">The first request to the process.</param>
internal sealed class WorkerProfile(string name, ProfileOptions options, WorkerCommand command, byte[] setupFrame)
{
    private readonly TaskCompletionSource firstReady = new();

    public string Name => name;

    /// <summary>Where its options are set, for messages.</summary>
    public string Place => PlaceOf(name);

    public ProfileOptions Options => options;

    public WorkerCommand Command => command;

    public byte[] SetupFrame => setupFrame;

    /// <summary><see cref="ProfileOptions.StartTimeout"/> in Stopwatch ticks.</summary>
    public long StartTimeout { get; } = StopwatchTime.Ticks(options.StartTimeout);

    /// <summary><see cref="RecyclingOptions.IdleTimeout"/> in Stopwatch ticks.</summary>
    public long IdleTimeout { get; } = StopwatchTime.Ticks(options.Recycling.IdleTimeout);

    /// <summary>Delays new workers after failed starts.</summary>
    public StartBackOff BackOff { get; } = new(StopwatchTime.Ticks(options.StartTimeout));

    /// <summary>
    /// Completes when the first worker is ready, or fails with the reason why none will be. Its continuations run on the thread for
    /// outcomes. Needs no gate.
    /// </summary>
    public Task FirstReady => firstReady.Task;

    /// <summary>Where the options of a profile are set, for messages.</summary>
    public static string PlaceOf(string name)
        => name == ProfileOptions.DefaultName ? nameof(HandlerOptions) : $"{nameof(HandlerOptions)}.Profiles[\"{Excerpt.OfName(name)}\"]";

    /// <summary>Called on the thread for outcomes when a worker is ready.</summary>
    public void SetReady() => firstReady.TrySetResult();

    /// <summary>Called on the thread for outcomes when no worker became ready.</summary>
    public void SetFailed(string reason)
    {
        firstReady.TrySetException(new WorkerStartException(reason));
        _ = firstReady.Task.Exception; // observed, because nothing may be waiting for it
    }
}
