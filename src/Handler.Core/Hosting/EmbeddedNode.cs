using System.Buffers;
using System.Diagnostics;
using Handler.Functions;
using Handler.Platform;
using Handler.Watchdog;
using Handler.Wire;
using Handler.Workers;
using Microsoft.Extensions.Logging;

namespace Handler.Hosting;

/// <summary>One node: encodes functions, hands the jobs to the dispatcher, and owns its watchdog.</summary>
internal sealed partial class EmbeddedNode : IHandler
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? encoding;

    private readonly HandlerOptions options;
    private readonly FunctionEncoder functions;
    private readonly Dispatcher dispatcher;
    private readonly EmbeddedPools pools;
    private readonly NodeWatchdog watchdog;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closingSource = new();
    private ControlGroups? groups;
    private long attempts;
    private Task? closing;

    private EmbeddedNode(HandlerOptions options, IPlatform platform, ILogger logger)
    {
        this.options = options;
        this.logger = logger;
        functions = new FunctionEncoder(options);
        var command = WorkerLauncher.CommandFor(options); // before there is anything to be disposed
        watchdog = new NodeWatchdog(platform, now => dispatcher!.Check(now), logger);
        dispatcher = new Dispatcher(options, platform, command, SetupFor(options, functions).Write(), logger, watchdog.WakeBy);
        pools = new EmbeddedPools(options, dispatcher, logger);
    }

    public FunctionEncoder Functions => functions;

    public Dispatcher Dispatcher => dispatcher;

    /// <summary>Cancelled when the node closes.</summary>
    public CancellationToken Closing => closingSource.Token;

    public static async Task<EmbeddedNode> StartAsync(HandlerOptions options, IPlatform platform, ILogger logger, CancellationToken cancellationToken)
    {
        HandlerOptionsValidator.ThrowIfInvalid(options);
        if (platform.WhyUnsupported() is { } why)
            throw new PlatformNotSupportedException(why);
        var node = new EmbeddedNode(options, platform, logger);
        try
        {
            node.groups = platform.OpenControlGroups(options.Hardening.ControlGroup);
            if (node.groups.Directory is null && options.Hardening.ControlGroup == ControlGroupMode.Required)
                throw new PlatformNotSupportedException($"HandlerOptions.Hardening.ControlGroup is Required, but workers cannot get control groups: {node.groups.WhyNot}.");
            node.LogStarting(options.MinWorkers, options.MaxWorkers, Describe(MemoryLayers.Of(node.groups)));
            node.watchdog.Start();
            node.dispatcher.Open();
            if (options.MinWorkers + options.SpareWorkers > 0)
                await node.dispatcher.FirstReady.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await node.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return node;
    }

    public Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        var submittedAt = Stopwatch.GetTimestamp();
        limits = LimitsOr(limits);
        var job = new Job<T>(NextAttempt(), Encode(function), limits, submittedAt, functions);
        Submit(job, cancellationToken);
        return job.Task;
    }

    public IPool Pool(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new EmbeddedPool(name, this, pools);
    }

    public Task<bool> AddPoolAsync(string name, Action<PoolOptions>? configure) => Task.FromResult(pools.Add(name, configure));

    public Task<bool> ChangePoolAsync(string name, Action<PoolOptions> configure) => Task.FromResult(pools.Change(name, configure));

    public Task<bool> RemovePoolAsync(string name) => Task.FromResult(pools.Remove(name));

    public long NextAttempt() => Interlocked.Increment(ref attempts);

    /// <summary>A job's limits, checked, or those of jobs that bring none.</summary>
    public JobLimits LimitsOr(JobLimits? limits)
    {
        limits ??= options.DefaultLimits;
        limits.Validate();
        return limits;
    }

    /// <summary>Hands a job to the dispatcher; cancelling the token ends it.</summary>
    public void Submit(Job job, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            job.Cancellation = cancellationToken.UnsafeRegister(static (state, _) => ((Job)state!).Cancel(), job.In(dispatcher));
        try
        {
            dispatcher.Submit(job);
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

    private async Task CloseAsync(TaskCompletionSource done)
    {
        try
        {
            await closingSource.CancelAsync().ConfigureAwait(false);
            await dispatcher.CloseAsync().ConfigureAwait(false);
            watchdog.Dispose();
            groups?.Close();
            done.SetResult();
        }
        catch (Exception exception)
        {
            done.SetException(exception);
        }
    }

    public EncodedFunction Encode<T>(in JobFunction<T> function)
    {
        var writer = encoding ??= new ArrayBufferWriter<byte>(1024);
        try
        {
            var profile = functions.Encode(function, writer);
            if (writer.WrittenCount > options.MaxPayloadBytes)
                throw new ArgumentException($"The function with its captured values takes {writer.WrittenCount} bytes; HandlerOptions.MaxPayloadBytes allows {options.MaxPayloadBytes}.", nameof(function));
            return new EncodedFunction(writer.WrittenSpan.ToArray(), profile);
        }
        finally
        {
            if (writer.Capacity > 1 << 20)
                encoding = null;
            else
                writer.ResetWrittenCount();
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
            NoNewPrivileges = options.Hardening.NoNewPrivileges,
            DenyNetwork = options.Hardening.DenyNetwork,
            DenyProcesses = options.Hardening.DenyProcesses,
            Niceness = options.Hardening.Niceness,
            UserId = options.Hardening.UserId ?? -1,
        };
    }

    private static string Describe(IReadOnlyList<MemoryLayer> layers)
        => string.Join(", ", layers.Select(layer => layer.Active ? layer.Source.ToString() : $"no {layer.Source} ({layer.Detail})"));

    [LoggerMessage(1000, LogLevel.Information, "Handler starts with {MinWorkers} to {MaxWorkers} workers; memory is limited by: {Layers}")]
    private partial void LogStarting(int minWorkers, int maxWorkers, string layers);
}
