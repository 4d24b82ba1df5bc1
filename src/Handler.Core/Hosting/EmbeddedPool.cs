using System.Diagnostics;
using System.Runtime.CompilerServices;
using Handler.Functions;
using Handler.Pools;
using Handler.Workers;

namespace Handler.Hosting;

/// <summary>One pool of an embedded node, by name: asks for a lease, then hands the job to the node.</summary>
internal sealed class EmbeddedPool(string name, EmbeddedNode node, EmbeddedPools pools) : IPool
{
    public string Name => name;

    public Task<Outcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        if (Start(function, limits, cancellationToken, out var otherwise) is { } job)
            return job.Task;
        return otherwise.IsCompletedSuccessfully ? otherwise.Result.Outcome : WhenStarted(otherwise);

        static async Task<Outcome<T>> WhenStarted(ValueTask<Started<T>> start) => await (await start.ConfigureAwait(false)).Outcome.ConfigureAwait(false);
    }

    public async Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
    {
        var started = Start(function, limits, cancellationToken, out var otherwise) is { } atOnce ? new Started<T>(atOnce, atOnce.Task) : await otherwise.ConfigureAwait(false);

        // The node may still refuse what the pool has admitted, when its queue is full.
        if (started.Outcome is { IsCompletedSuccessfully: true, Result: Rejected<T> reject })
            return new JobStart<T>(null, reject);
        if (started.Job is { } job)
            return new JobStart<T>(new JobHandle<T>(job.Id, this, started.Outcome, job), null);
        cancellationToken.ThrowIfCancellationRequested();
        throw new ObjectDisposedException(nameof(IHandler));
    }

    public Task<int> KillAsync(string jobName, string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(jobName);
        ArgumentNullException.ThrowIfNull(reason);
        return Task.FromResult(Kill(new KillTarget(jobName, null), reason));
    }

    public Task<bool> KillAsync(JobId job, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return Task.FromResult(Kill(new KillTarget(null, job), reason) > 0);
    }

    public Task<int> FlushAsync(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return Task.FromResult(Kill(KillTarget.All, reason));
    }

    public Task<PoolSnapshot> GetSnapshotAsync()
    {
        node.ThrowIfDisposed();
        return Task.FromResult(pools.Local.GetSnapshot(name) ?? throw new KeyNotFoundException($"There is no pool {name}."));
    }

    private int Kill(KillTarget target, string reason)
    {
        node.ThrowIfDisposed();
        return pools.Kill(name, target, reason);
    }

    /// <summary>
    /// Starts the job, if it is admitted at once. The function is encoded before this returns, so that later changes of what it captures do not count; but not for a job that is rejected at once.
    /// </summary>
    private PooledJob<T>? Start<T>(in JobFunction<T> function, JobLimits? given, CancellationToken cancellationToken, out ValueTask<Started<T>> otherwise)
    {
        node.ThrowIfDisposed();
        var askedAt = Stopwatch.GetTimestamp();
        var limits = node.LimitsOr(given);
        var request = new AdmissionRequest(name, limits);
        var encoded = request.Wait > TimeSpan.Zero ? node.Encode(function) : default; // before it waits: a function that cannot travel must not hold a place in a queue
        if (pools.Local.Admit(request, askedAt, cancellationToken, out var pending) is not { } lease)
        {
            otherwise = StartLater(function, encoded, limits, askedAt, pending, cancellationToken);
            return null;
        }

        otherwise = default;
        if (!encoded.Exists)
            encoded = Encode(function, lease);
        return Submit<T>(lease, encoded, limits, askedAt, cancellationToken);
    }

    private EncodedFunction Encode<T>(in JobFunction<T> function, Lease lease)
    {
        try
        {
            return node.Encode(function);
        }
        catch
        {
            GiveBack(lease);
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // out of the way of the common case
    private ValueTask<Started<T>> StartLater<T>(in JobFunction<T> function, EncodedFunction encoded, JobLimits limits, long askedAt, ValueTask<Admission> pending, CancellationToken cancellationToken)
    {
        if (pending.IsCanceled)
            return ValueTask.FromResult(Started<T>.Not(EndedEarly(cancellationToken)));

        // Looked at once: an answer may come while the function is encoded.
        if (pending.IsCompletedSuccessfully && pending.Result is { Lease: null, Reject: var reject })
            return ValueTask.FromResult(Started<T>.Not(reject.ToVerdict()));
        try
        {
            if (!encoded.Exists)
                encoded = node.Encode(function);
        }
        catch
        {
            GiveBack(pending);
            throw;
        }

        return StartWhenAdmittedAsync<T>(pending, encoded, limits, askedAt, cancellationToken);
    }

    private async ValueTask<Started<T>> StartWhenAdmittedAsync<T>(ValueTask<Admission> admission, EncodedFunction function, JobLimits limits, long askedAt, CancellationToken cancellationToken)
    {
        Lease? lease;
        try
        {
            (lease, var reject) = await admission.ConfigureAwait(false);
            if (lease is null)
                return Started<T>.Not(reject.ToVerdict());
        }
        catch (OperationCanceledException)
        {
            return Started<T>.Not(EndedEarly(cancellationToken));
        }

        try
        {
            var job = Submit<T>(lease, function, limits, askedAt, cancellationToken);
            return new Started<T>(job, job.Task);
        }
        catch (ObjectDisposedException)
        {
            return Started<T>.Not(Dispatcher.ShuttingDown()); // since it was asked for
        }
    }

    private PooledJob<T> Submit<T>(Lease lease, EncodedFunction function, JobLimits limits, long askedAt, CancellationToken cancellationToken)
    {
        var job = new PooledJob<T>(node.NextAttempt(), function, limits, askedAt, node.Functions, node.Dispatcher, pools.Local, lease);
        if (lease.Attach(job) is { } killed)
            job.TryStop(EmbeddedPools.UserKilled(killed), atOnce: true);
        try
        {
            node.Submit(job, cancellationToken);
        }
        catch
        {
            GiveBack(lease);
            throw;
        }

        return job;
    }

    private async void GiveBack(ValueTask<Admission> admission)
    {
        try
        {
            if ((await admission.ConfigureAwait(false)).Lease is { } lease)
                GiveBack(lease);
        }
        catch (OperationCanceledException)
        {
            // Nothing was admitted.
        }
    }

    private void GiveBack(Lease lease) => pools.Local.End(lease, LeaseEnding.Withdrawn);

    private static Verdict EndedEarly(CancellationToken cancellationToken)
        => cancellationToken.IsCancellationRequested ? Dispatcher.CallerCancelled() : Dispatcher.ShuttingDown();

    /// <summary>What became of the attempt to start a job.</summary>
    /// <param name="Job">The job; <see langword="null"/> when it was not started.</param>
    /// <param name="Outcome">Its outcome, or why it was not started.</param>
    private readonly record struct Started<T>(PooledJob<T>? Job, Task<Outcome<T>> Outcome)
    {
        public static Started<T> Not(Verdict why) => new(null, Task.FromResult(why.ToOutcome<T>(null, null)));
    }
}
