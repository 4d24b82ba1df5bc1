using System.Collections.Concurrent;
using System.Security.Cryptography;
using Handler.Functions;
using Handler.Nodes;
using Handler.Platform;
using Handler.Pools;
using Handler.Verdicts;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>A handler whose jobs run on the nodes of a cluster.</summary>
internal sealed class RemoteHandler : IHandler
{
    private readonly CallerOptions options;
    private readonly ICluster cluster;
    private readonly BackgroundLogger logger;
    private readonly FunctionEncoder functions;
    private readonly ulong caller = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly ConcurrentDictionary<RemoteCall, Task> calls = new();
    private ulong sequence;
    private volatile bool disposed;

    public RemoteHandler(CallerOptions options, ICluster cluster, ILogger logger)
    {
        this.options = options;
        this.cluster = cluster;
        this.logger = new BackgroundLogger(logger, new LinuxPlatform(), static start => start());
        functions = new FunctionEncoder(options, this.logger);
    }

    /// <exception cref="ObjectDisposedException">The handler is disposed.</exception>
    public ICluster Cluster
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(IHandler));
            return cluster;
        }
    }

    public Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => Begin(null, function, limits, false, cancellationToken).Outcome;

    /// <summary>Begins a call. Throws for unusable arguments before anything is sent.</summary>
    public (RemoteCall Call, Task<Outcome<T>> Outcome) Begin<T>(string? pool, in JobFunction<T> function, JobLimits? limits, bool answerWhenAdmitted, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(IHandler));
        var request = new JobRequest
        {
            Call = NextCall(),
            Pool = pool,
            Options = JobOptions.Of(options.LimitsOr(limits)),
            Function = functions.Encode(function, options.MaxPayloadBytes).Call,
            AnswerWhenAdmitted = answerWhenAdmitted,
        };
        var call = new RemoteCall(cluster, request, NextCall, logger, options.MaxPayloadBytes);
        var outcome = FollowAsync<T>(call, request.Options, cancellationToken);
        return (call, outcome);
    }

    private CallId NextCall() => new(caller, Interlocked.Increment(ref sequence));

    public IPool Pool(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new RemotePool(name, this);
    }

    public async Task<bool> AddPoolAsync(string name, Action<PoolOptions>? configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var added = new PoolOptions();
        configure?.Invoke(added);
        return Done(await Cluster.SetPoolAsync(name, PoolConfiguration.From(added), null).ConfigureAwait(false));
    }

    public async Task<bool> ChangePoolAsync(string name, Action<PoolOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        while (await Cluster.GetPoolAsync(name).ConfigureAwait(false) is { } present)
        {
            var changed = present.Configuration.ToOptions();
            configure(changed);
            if (Done(await Cluster.SetPoolAsync(name, PoolConfiguration.From(changed), present.Version).ConfigureAwait(false)))
                return true;
        }

        return false;
    }

    public Task<bool> RemovePoolAsync(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Cluster.RemovePoolAsync(name);
    }

    public async ValueTask DisposeAsync()
    {
        disposed = true;
        foreach (var call in calls.Keys)
            call.Close();
        await Task.WhenAll(calls.Values).ConfigureAwait(false);
        logger.Close();
    }

    private async Task<Outcome<T>> FollowAsync<T>(RemoteCall call, JobLimits limits, CancellationToken cancellationToken)
    {
        var running = call.RunAsync(cancellationToken);
        if (!running.IsCompleted)
        {
            calls.TryAdd(call, running);
            if (disposed)
                call.Close();
        }

        var ending = await running.ConfigureAwait(false);
        calls.TryRemove(call, out _);
        if (ending.Verdict is Verdict.Killed { Cause: KillCause.CallerCancelled } cancelled && cancellationToken.IsCancellationRequested)
            ending = ending with { Verdict = cancelled with { Token = cancellationToken } };
        return OutcomeOf<T>(ending, limits);
    }

    private Outcome<T> OutcomeOf<T>(JobEnding ending, JobLimits limits)
    {
        if (ending.Verdict is { } verdict)
            return verdict.ToOutcome<T>(ending.Usage, ending.Output);
        try
        {
            return new Completed<T>(functions.ReadResult<T>(ending.Value.Span, limits, ending.Usage?.RunTime ?? TimeSpan.Zero)) { Usage = ending.Usage, Output = ending.Output };
        }
        catch (Exception exception)
        {
            return Verdict.Failed.Unreadable(typeof(T), exception).ToOutcome<T>(ending.Usage, ending.Output);
        }
    }

    private static bool Done(PoolChange change)
        => change.Errors.Count == 0 ? change.Done : throw new ArgumentException(string.Join(Environment.NewLine, change.Errors), "options");
}
