using System.Buffers;
using System.Globalization;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Platform;
using Handler.Verdicts;
using Handler.Wire;
using Microsoft.Extensions.Logging;

namespace Handler.Nodes;

/// <summary>
/// Runs the jobs of one node, from any source: owns the dispatcher with the worker processes, the watchdog and the cgroups.
/// </summary>
internal sealed partial class Node : IAsyncDisposable
{
    private readonly NodeWatchdog watchdog;
    private readonly BackgroundLogger logger;
    private readonly Action<Job, CancellationToken> cancel;
    private readonly CancellationTokenSource closingSource = new();
    private readonly PrivateFolders[] privateFolders;
    private ControlGroups? groups;
    private long attempts;
    private Task? closing;

    private Node(HandlerOptions options, IPlatform platform, ILogger application)
    {
        Options = options;

        // No line is logged before the dispatcher exists.
        logger = new BackgroundLogger(application, platform, start => Dispatcher!.PostToStarter(start));
        Functions = new FunctionEncoder(options, logger);
        var profiles = ProfilesOf(options, Functions); // may throw, so it comes before there is anything to dispose
        privateFolders = [.. profiles.Select(static profile => profile.Command.PrivateFolders).OfType<PrivateFolders>()];
        watchdog = new NodeWatchdog(platform, Check, logger);
        try
        {
            Dispatcher = new Dispatcher(options, platform, profiles, logger, watchdog.WakeBy);
        }
        catch
        {
            watchdog.Dispose();
            throw;
        }

        cancel = Dispatcher.Cancel;
    }

    public HandlerOptions Options { get; }

    public FunctionEncoder Functions { get; }

    public Dispatcher Dispatcher { get; }

    /// <summary>The application's logger, callable from any thread: it runs on a separate one.</summary>
    public BackgroundLogger Logger => logger;

    /// <summary>Cancelled when the node closes.</summary>
    public CancellationToken Closing => closingSource.Token;

    /// <summary>Starts the node and its first workers. Completes when one of them is ready.</summary>
    public static Task<Node> StartAsync(HandlerOptions options, IPlatform platform, ILogger logger, CancellationToken cancellationToken)
        => StartAsync(options, platform, logger, static node => node, cancellationToken);

    /// <inheritdoc cref="StartAsync(HandlerOptions, IPlatform, ILogger, CancellationToken)"/>
    /// <typeparam name="T">The type that the node is wrapped in.</typeparam>
    public static Task<T> StartAsync<T>(
        HandlerOptions options,
        IPlatform platform,
        ILogger logger,
        Func<Node, T> then,
        CancellationToken cancellationToken)
    {
        // The start continues on the node's own threads, because the thread pool may have none. The caller's code must not run on them.
        var started = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        BackgroundWork.PassOn(
            async () => then(await StartNodeAsync(options, platform, logger, cancellationToken).ConfigureAwait(false)), started);
        return started.Task;
    }

    private static async Task<Node> StartNodeAsync(
        HandlerOptions options,
        IPlatform platform,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        HandlerOptionsValidator.ThrowIfInvalid(options, "configure");
        if (platform.WhyUnsupported() is { } why)
            throw new PlatformNotSupportedException(why);
        var inNamespaces = options.AllProfiles.Any(static profile => profile.Value.Hardening.PidNamespace);
        if (platform.WhyNotSoMany(Dispatcher.MaxProcesses(options), inNamespaces) is { } tooMany)
            throw new WorkerStartException(
                $"HandlerOptions.MaxWorkers is {options.MaxWorkers} and HandlerOptions.SpareWorkers is {options.SpareWorkers}"
                    + $"{SparesOf(options)}: these workers {tooMany}.");
        var node = Create(options, platform, logger);
        try
        {
            node.groups = Harden(options, platform);
            node.LogStarting(options.MinWorkers, options.MaxWorkers, Describe(MemoryLayers.Of(node.groups)));
            node.Open();
            await node.Dispatcher.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            var closed = new TaskCompletionSource();
            node.Close(closed);
            await closed.Task.ConfigureAwait(false);
            throw;
        }

        return node;
    }

    /// <summary>Applies the hardening that concerns the node, and checks that the machine has what the rest needs.</summary>
    private static ControlGroups Harden(HandlerOptions options, IPlatform platform)
    {
        var profiles = options.AllProfiles;
        if (profiles.Any(static profile => profile.Value.Hardening.ProtectHost))
            HostHardening.Protect();
        var groups = platform.OpenControlGroups(
            StrongestOf([.. profiles.Select(static profile => profile.Value.Hardening.ControlGroup)]),
            [.. profiles.SelectMany(static profile => profile.Value.Hardening.GroupLimits.Controllers).Distinct()]);
        foreach (var (name, profile) in profiles)
        {
            if (groups.Directory is null && profile.Hardening.ControlGroup == ControlGroupMode.Required)
                throw new PlatformNotSupportedException(
                    $"{WorkerProfile.PlaceOf(name)}.Hardening.ControlGroup is Required, but workers cannot get cgroups: {groups.WhyNot}.");
            HardeningNeeds.ThrowIfLacking($"{WorkerProfile.PlaceOf(name)}.Hardening", profile.Hardening, groups);
        }

        return groups;
    }

    private static string SparesOf(HandlerOptions options)
        => string.Concat(options.Profiles.Where(static profile => profile.Value.SpareWorkers > 0).Select(static profile =>
            $", {WorkerProfile.PlaceOf(profile.Key)}.SpareWorkers is {profile.Value.SpareWorkers}"));

    private static Node Create(HandlerOptions options, IPlatform platform, ILogger logger)
    {
        try
        {
            return new Node(options, platform, logger);
        }
        catch (IOException exception)
        {
            throw new WorkerStartException(exception.Message);
        }
    }

    /// <summary>Starts the node's own threads, so that nothing later depends on getting one.</summary>
    private void Open()
    {
        try
        {
            Dispatcher.StartThreads();
            watchdog.Start(); // it watches the workers
        }
        catch (IOException exception)
        {
            throw new WorkerStartException(exception.Message);
        }
    }

    public long NextAttempt() => Interlocked.Increment(ref attempts);

    /// <summary>Submits a job to the dispatcher. Canceling the token ends the job.</summary>
    public void Submit(Job job, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            job.OnCancel(cancel);
            job.Cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((Job)state!).Cancel(token), job);
        }

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
                Close(mine);
            }
        }

        return new ValueTask(task);
    }

    /// <summary>The watchdog's check. A method, because the watchdog is created before the dispatcher and started after it.</summary>
    private long Check(long now) => Dispatcher.Check(now);

    /// <summary>Closes the node. No step waits for the thread pool: all of its threads may be waiting for this node.</summary>
    private void Close(TaskCompletionSource done)
    {
        try
        {
            closingSource.Cancel(); // this runs turns of the pools, and no caller's code
            Dispatcher.Close(() => Finish(done));
        }
        catch (Exception exception)
        {
            done.TrySetException(exception);
        }
    }

    private void Finish(TaskCompletionSource done)
    {
        try
        {
            watchdog.Dispose();
            Dispatcher.EndThreads();
            groups?.Close();
            Array.ForEach(privateFolders, static folders => folders.Close());
            logger.Close();
            done.SetResult();
        }
        catch (Exception exception)
        {
            done.TrySetException(exception);
        }
    }

    /// <summary>How the workers of each profile are made, from the current state of this process.</summary>
    /// <exception cref="WorkerStartException">
    /// This application is packaged in a way from which workers cannot be started, or a listed path does not exist.
    /// </exception>
    private static WorkerProfile[] ProfilesOf(HandlerOptions options, FunctionEncoder functions)
        => [.. options.AllProfiles.Select(profile => ProfileOf(profile.Key, profile.Value, options, functions))];

    private static WorkerProfile ProfileOf(string name, ProfileOptions profile, HandlerOptions options, FunctionEncoder functions)
    {
        WorkerFiles.RequireListed(WorkerProfile.PlaceOf(name), profile.Hardening);
        return new(
            name,
            profile,
            WorkerLauncher.CommandFor(profile),
            RequestFrame.Setup(SetupFor(options, profile, functions).Write()));
    }

    private static WorkerSetup SetupFor(HandlerOptions options, ProfileOptions profile, FunctionEncoder functions)
    {
        var policy = new ArrayBufferWriter<byte>();
        functions.Policy.Write(policy);
        var hardening = profile.Hardening;
        return new WorkerSetup
        {
            FunctionPolicy = policy.WrittenSpan.ToArray(),
            MaxPayloadBytes = options.PayloadLimit,
            MaxGrowthBytes = profile.Recycling.MaxGrowthBytes,
            RetireOnLeftovers = profile.Recycling.OnLeftovers,
            MaxOwnerSilence = options.MaxSilence.Ticks * TimeSpan.NanosecondsPerTick,
            DeniedCalls = (int)hardening.DeniedCalls,
            Niceness = hardening.Niceness,
            MaxFileBytes = hardening.MaxFileBytes ?? long.MaxValue,
            MaxOpenFiles = hardening.MaxOpenFiles ?? int.MaxValue,
            Culture = (CultureInfo.DefaultThreadCurrentCulture ?? CultureInfo.CurrentCulture).Name,
            UICulture = (CultureInfo.DefaultThreadCurrentUICulture ?? CultureInfo.CurrentUICulture).Name,
        };
    }

    private static ControlGroupMode StrongestOf(ControlGroupMode[] modes)
        => modes.Contains(ControlGroupMode.Required) ? ControlGroupMode.Required
            : modes.Contains(ControlGroupMode.Auto) ? ControlGroupMode.Auto
            : ControlGroupMode.Off;

    private static string Describe(IReadOnlyList<MemoryLayer> layers)
        => string.Join(", ", layers.Select(layer => layer.Active ? layer.Source.ToString() : $"no {layer.Source} ({layer.Detail})"));

    [LoggerMessage(1000, LogLevel.Information, "Handler starts with {MinWorkers} to {MaxWorkers} workers; memory is limited by: {Layers}")]
    private partial void LogStarting(int minWorkers, int maxWorkers, string layers);
}
