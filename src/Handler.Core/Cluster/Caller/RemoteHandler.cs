using System.Collections.Concurrent;
using System.Security.Cryptography;
using Handler.Functions;
using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;
using Handler.Pools;
using Microsoft.Extensions.Logging;

namespace Handler.Cluster;

/// <summary>A handler whose jobs run on the nodes of a cluster.</summary>
internal sealed class RemoteHandler : IHandler
{
    private readonly HandlerOptionsBase options;
    private readonly ICluster cluster;
    private readonly BackgroundLogger logger;
    private readonly BackgroundWork background;
    private readonly TimeProvider time;
    private readonly FunctionEncoder functions;
    private readonly ulong caller = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly ConcurrentDictionary<RemoteCall, Task> calls = new();
    private ulong sequence;
    private volatile bool disposed;

    public RemoteHandler(HandlerOptionsBase options, ICluster cluster, ILogger logger, TimeProvider? time = null)
    {
        this.options = options;
        this.cluster = cluster;
        this.logger = new BackgroundLogger(logger, new LinuxPlatform(), static start => start());
        this.time = time ?? TimeProvider.System;
        background = new BackgroundWork((work, exception) => RemoteLog.BackgroundFailed(this.logger, work, exception));
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

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        JobOptions.CheckWithoutPool(limits);
        return Begin(null, function, limits, false, cancellationToken).Outcome;
    }

    /// <summary>Begins a call. Throws for unusable arguments before anything is sent.</summary>
    public (RemoteCall Call, Task<JobOutcome<T>> Outcome) Begin<T>(
        string? pool,
        in JobFunction<T> function,
        JobLimits? limits,
        bool replyWhenAdmitted,
        CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(IHandler));
        var request = new JobRequest
        {
            Call = NextCall(),
            Pool = pool,
            Options = JobOptions.Of(options.LimitsOr(limits)),
            Function = functions.Encode(function, options.PayloadLimit).Call,
            ReplyWhenAdmitted = replyWhenAdmitted,
        };
        var call = new RemoteCall(cluster, request, NextCall, options.PayloadLimit, background, time, logger);
        var outcome = FollowAsync<T>(call, request.Options, cancellationToken);
        return (call, outcome);
    }

    private CallId NextCall() => new(caller, Interlocked.Increment(ref sequence));

    public IPool GetPool(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return new RemotePool(name, this);
    }

    public async Task<bool> TryAddPoolAsync(string name, Action<PoolOptions>? configure, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var added = new PoolOptions();
        configure?.Invoke(added);
        return Done(await Cluster.SetPoolAsync(name, PoolConfiguration.From(added), null, cancellationToken).ConfigureAwait(false));
    }

    public async Task<bool> TryUpdatePoolAsync(string name, Action<PoolOptions> configure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(configure);
        while (await Cluster.GetPoolAsync(name, cancellationToken).ConfigureAwait(false) is { } present)
        {
            var changed = present.Configuration.ToOptions();
            configure(changed);
            if (Done(
                    await Cluster
                        .SetPoolAsync(name, PoolConfiguration.From(changed), present.Version, cancellationToken)
                        .ConfigureAwait(false)))
                return true;
        }

        return false;
    }

    public Task<bool> RemovePoolAsync(string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Cluster.RemovePoolAsync(name, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        disposed = true;
        foreach (var call in calls.Keys)
            call.Close();
        await Task.WhenAll(calls.Values).ConfigureAwait(false);
        logger.Close();
    }

    private async Task<JobOutcome<T>> FollowAsync<T>(RemoteCall call, JobLimits limits, CancellationToken cancellationToken)
    {
        var running = call.RunAsync(cancellationToken);
        if (!running.IsCompleted)
        {
            calls.TryAdd(call, running);
            if (disposed)
                call.Close();
        }

        EncodedOutcome outcome;
        try
        {
            outcome = await running.ConfigureAwait(false);
        }
        finally
        {
            calls.TryRemove(call, out _);
        }

        if (outcome.Failure is JobKilled { Cause: KillCause.CallerCancelled } cancelled && cancellationToken.IsCancellationRequested)
            outcome = outcome with { Failure = cancelled with { Token = cancellationToken } };
        return OutcomeOf<T>(outcome, limits);
    }

    private JobOutcome<T> OutcomeOf<T>(EncodedOutcome outcome, JobLimits limits)
    {
        if (outcome.Failure is { } failure)
            return Outcome(failure);
        try
        {
            return new JobOutcome<T>(functions.ReadResult<T>(outcome.Value.Span, limits, outcome.Usage?.RunTime ?? TimeSpan.Zero))
            {
                Usage = outcome.Usage,
                Output = outcome.Output,
            };
        }
        catch (Exception exception)
        {
            return Outcome(JobFailed.Unreadable(typeof(T), exception));
        }

        JobOutcome<T> Outcome(JobFailure why) => new(why) { Usage = outcome.Usage, Output = outcome.Output };
    }

    private static bool Done(PoolChange change)
        => change.Errors.Count == 0 ? change.Done : throw new ArgumentException(string.Join(Environment.NewLine, change.Errors), "options");
}
