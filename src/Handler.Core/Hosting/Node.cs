using System.Buffers;
using Handler.Functions;
using Handler.Platform;
using Handler.Watchdog;
using Handler.Wire;
using Handler.Workers;
using Microsoft.Extensions.Logging;

namespace Handler.Hosting;

/// <summary>What runs the jobs of one node, whoever sends them: its dispatcher with the worker processes, its watchdog, its control groups.</summary>
internal sealed partial class Node : IAsyncDisposable
{
    private readonly NodeWatchdog watchdog;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closingSource = new();
    private ControlGroups? groups;
    private long attempts;
    private Task? closing;

    private Node(HandlerOptions options, IPlatform platform, ILogger logger)
    {
        Options = options;
        this.logger = logger;
        Functions = new FunctionEncoder(options);
        var command = WorkerLauncher.CommandFor(options); // before there is anything to be disposed
        watchdog = new NodeWatchdog(platform, Check, logger);
        Dispatcher = new Dispatcher(options, platform, command, SetupFor(options, Functions).Write(), logger, watchdog.WakeBy);
    }

    public HandlerOptions Options { get; }

    public FunctionEncoder Functions { get; }

    public Dispatcher Dispatcher { get; }

    /// <summary>Cancelled when the node closes.</summary>
    public CancellationToken Closing => closingSource.Token;

    /// <summary>Starts the node and its first workers; ends when one of them is ready.</summary>
    public static async Task<Node> StartAsync(HandlerOptions options, IPlatform platform, ILogger logger, CancellationToken cancellationToken)
    {
        HandlerOptionsValidator.ThrowIfInvalid(options);
        if (platform.WhyUnsupported() is { } why)
            throw new PlatformNotSupportedException(why);
        var node = new Node(options, platform, logger);
        try
        {
            node.groups = platform.OpenControlGroups(options.Hardening.ControlGroup);
            if (node.groups.Directory is null && options.Hardening.ControlGroup == ControlGroupMode.Required)
                throw new PlatformNotSupportedException($"HandlerOptions.Hardening.ControlGroup is Required, but workers cannot get control groups: {node.groups.WhyNot}.");
            node.LogStarting(options.MinWorkers, options.MaxWorkers, Describe(MemoryLayers.Of(node.groups)));
            node.watchdog.Start();
            node.Dispatcher.Open();
            if (options.MinWorkers + options.SpareWorkers > 0)
                await node.Dispatcher.FirstReady.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return node;
    }

    public long NextAttempt() => Interlocked.Increment(ref attempts);

    /// <summary>Hands a job to the dispatcher; cancelling the token ends it.</summary>
    public void Submit(Job job, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            job.Cancellation = cancellationToken.UnsafeRegister(static (state, _) => ((Job)state!).Cancel(), job.In(Dispatcher));
        try
        {
            Dispatcher.Submit(job);
        }
        catch
        {
            job.Cancellation.Unregister();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        var task = Volatile.Read(ref closing);
        if (task is null)
        {
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            task = Interlocked.CompareExchange(ref closing, mine.Task, null);
            if (task is null)
            {
                task = mine.Task;
                _ = CloseAsync(mine);
            }
        }

        return new ValueTask(task);
    }

    /// <summary>What the watchdog does, which is made before the dispatcher and started after it.</summary>
    private long Check(long now) => Dispatcher.Check(now);

    private async Task CloseAsync(TaskCompletionSource done)
    {
        try
        {
            await closingSource.CancelAsync().ConfigureAwait(false);
            await Dispatcher.CloseAsync().ConfigureAwait(false);
            watchdog.Dispose();
            groups?.Close();
            done.SetResult();
        }
        catch (Exception exception)
        {
            done.SetException(exception);
        }
    }

    private static WorkerSetup SetupFor(HandlerOptions options, FunctionEncoder functions)
    {
        var policy = new ArrayBufferWriter<byte>();
        functions.Policy.Write(policy);
        return new WorkerSetup
        {
            FunctionPolicy = policy.WrittenSpan.ToArray(),
            MaxPayloadBytes = options.MaxPayloadBytes,
            MaxGrowthBytes = options.Recycling.MaxGrowthBytes,
            RetireOnLeftovers = options.Recycling.OnLeftovers,
            MaxOwnerSilence = options.MaxSilence.Ticks * TimeSpan.NanosecondsPerTick,
            NoNewPrivileges = options.Hardening.NoNewPrivileges,
            DenyNetwork = options.Hardening.DenyNetwork,
            DenyProcesses = options.Hardening.DenyProcesses,
            Niceness = options.Hardening.Niceness,
            UserId = options.Hardening.UserId ?? -1,
            MaxFileBytes = options.Hardening.MaxFileBytes ?? long.MaxValue,
            MaxOpenFiles = options.Hardening.MaxOpenFiles ?? int.MaxValue,
        };
    }

    private static string Describe(IReadOnlyList<MemoryLayer> layers)
        => string.Join(", ", layers.Select(layer => layer.Active ? layer.Source.ToString() : $"no {layer.Source} ({layer.Detail})"));

    [LoggerMessage(1000, LogLevel.Information, "Handler starts with {MinWorkers} to {MaxWorkers} workers; memory is limited by: {Layers}")]
    private partial void LogStarting(int minWorkers, int maxWorkers, string layers);
}
