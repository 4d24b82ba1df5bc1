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
        bool answerWhenAdmitted,
        CancellationToken cancellationToken)
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
        var call = new RemoteCall(cluster, request, NextCall, options.MaxPayloadBytes, background, time, logger);
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

        JobEnding ending;
        try
        {
            ending = await running.ConfigureAwait(false);
        }
        finally
        {
            calls.TryRemove(call, out _);
        }

        if (ending.Failure is JobKilled { Cause: KillCause.CallerCancelled } cancelled && cancellationToken.IsCancellationRequested)
            ending = ending with { Failure = cancelled with { Token = cancellationToken } };
        return OutcomeOf<T>(ending, limits);
    }

    private JobOutcome<T> OutcomeOf<T>(JobEnding ending, JobLimits limits)
    {
        if (ending.Failure is { } failure)
            return Outcome(failure);
        try
        {
            return new JobOutcome<T>(functions.ReadResult<T>(ending.Value.Span, limits, ending.Usage?.RunTime ?? TimeSpan.Zero))
            {
                Usage = ending.Usage,
                Output = ending.Output,
            };
        }
        catch (Exception exception)
        {
            return Outcome(JobFailed.Unreadable(typeof(T), exception));
        }

        JobOutcome<T> Outcome(JobFailure why) => new(why) { Usage = ending.Usage, Output = ending.Output };
    }

    private static bool Done(PoolChange change)
        => change.Errors.Count == 0 ? change.Done : throw new ArgumentException(string.Join(Environment.NewLine, change.Errors), "options");
}
