using System.Diagnostics;
using System.Runtime.CompilerServices;
using Handler.Functions;
using Handler.Pools;

namespace Handler.Embedded;

/// <summary>One pool of an embedded node, by name. It requests a lease, then passes the job to the node.</summary>
internal sealed class EmbeddedPool(string name, EmbeddedNode node, EmbeddedPools pools) : IPool, IStartsOrThrows
{
    public string Name => name;

    public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => Start(function, limits, whenStarted: null, cancellationToken, out var refusal) is { } job
            ? job.Task
            : Task.FromResult(new JobOutcome<T>(refusal!));

    public Task<JobStart<T>> TryStartAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        => StartAsync(function, limits, static start => start, cancellationToken);

    public Task<TStarted> StartAsync<T, TStarted>(
        JobFunction<T> function, JobLimits? limits, Func<JobStart<T>, TStarted> then, CancellationToken cancellationToken)
    {
        // A caller that blocks on this task is woken immediately. A caller that awaits it continues on the thread pool.
        var started = new TaskCompletionSource<TStarted>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var job = Start(
                function,
                limits,
                (job, why) => CompleteStart(started, job, why, then, cancellationToken),
                cancellationToken,
                out var refusal);
            if (job is null or { IsAdmitted: true })
                CompleteStart(started, job, refusal, then, cancellationToken);
        }
        catch (Exception exception)
        {
            started.TrySetException(exception);
        }

        return started.Task;
    }

    private void CompleteStart<T, TStarted>(
        TaskCompletionSource<TStarted> started,
        PooledJob<T>? job,
        JobFailure? refusal,
        Func<JobStart<T>, TStarted> then,
        CancellationToken cancellationToken)
    {
        try
        {
            started.TrySetResult(then(StartOf(job, refusal, cancellationToken)));
        }
        catch (OperationCanceledException exception)
        {
            started.TrySetCanceled(exception.CancellationToken);
        }
        catch (Exception exception)
        {
            started.TrySetException(exception);
        }
    }

    private JobStart<T> StartOf<T>(PooledJob<T>? job, JobFailure? refusal, CancellationToken cancellationToken)
    {
        // The node may still refuse a job that the pool has admitted, if the node's queue is full.
        if (refusal is JobRejected rejected)
            return new JobStart<T>(null, rejected);
        if (job is { Task: { IsCompletedSuccessfully: true, Result.Failure: JobRejected reject } })
            return new JobStart<T>(null, reject);
        if (refusal is null)
            return new JobStart<T>(new StartedJob<T>(job!.Id, this, job.Task, job), null);
        cancellationToken.ThrowIfCancellationRequested();
        throw new ObjectDisposedException(nameof(IHandler));
    }

    public Task<int> KillAsync(string name, string? reason, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return Task.FromResult(Kill(new KillTarget(name, null), reason, cancellationToken));
    }

    public Task<bool> KillAsync(JobId job, string? reason, CancellationToken cancellationToken)
        => Task.FromResult(Kill(new KillTarget(null, job), reason, cancellationToken) > 0);

    public Task<int> KillAllAsync(string? reason, CancellationToken cancellationToken)
        => Task.FromResult(Kill(KillTarget.All, reason, cancellationToken));

    public Task<PoolSnapshot> GetSnapshotAsync(CancellationToken cancellationToken)
    {
        node.ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(
            pools.Local.GetSnapshot(name) ?? throw new KeyNotFoundException($"There is no pool named \"{Excerpt.OfName(name)}\"."));
    }

    private int Kill(KillTarget target, string? reason, CancellationToken cancellationToken)
    {
        node.ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        return pools.Kill(Name, target, reason ?? KillTarget.DefaultReason);
    }

    /// <summary>
    /// Starts the job, or lets it wait for its admission. The function is encoded before this method returns, so that later changes to its
    /// captured variables have no effect. If the job does not ask to wait and is rejected immediately, its function is not encoded.
    /// </summary>
    /// <param name="function">The job's function.</param>
    /// <param name="given">The job's limits, if the caller gave any.</param>
    /// <param name="whenStarted">If the job has to wait: called when it has started, or with the reason why it does not start.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <param name="refusal">Why there is no job; <see langword="null"/> if there is one.</param>
    private PooledJob<T>? Start<T>(
        in JobFunction<T> function,
        JobLimits? given,
        Action<PooledJob<T>, JobFailure?>? whenStarted,
        CancellationToken cancellationToken,
        out JobFailure? refusal)
    {
        node.ThrowIfDisposed();
        var askedAt = Stopwatch.GetTimestamp();
        var limits = node.LimitsOr(given);
        var request = new AdmissionRequest(name, limits);
        // Encoded before the job waits: a function that cannot be sent must not hold a place in a queue.
        var encoded = request.Wait > TimeSpan.Zero ? node.Encode(function) : default;
        refusal = null;
        if (pools.Local.Admit(request, askedAt, cancellationToken, out var pending) is not { } lease)
            return StartLater(function, encoded, limits, askedAt, pending, whenStarted, cancellationToken, out refusal);
        if (!encoded.Exists)
            encoded = Encode(function, lease);
        var job = new PooledJob<T>(node.NextAttempt(), encoded, limits, askedAt, node.Functions, node.Dispatcher, pools.Local, lease);
        Submit(job, lease, cancellationToken);
        return job;
    }

    private EncodedFunction Encode<T>(in JobFunction<T> function, Lease lease)
    {
        try
        {
            return node.Encode(function);
        }
        catch
        {
            Release(lease);
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // keeps the common path small
    private PooledJob<T>? StartLater<T>(
        in JobFunction<T> function,
        EncodedFunction encoded,
        JobLimits limits,
        long askedAt,
        ValueTask<Admission> pending,
        Action<PooledJob<T>, JobFailure?>? whenStarted,
        CancellationToken cancellationToken,
        out JobFailure? refusal)
    {
        // Read only once: a reply may arrive while the function is encoded.
        refusal = pending switch
        {
            { IsCanceled: true } => EndedEarly(cancellationToken),
            { IsCompletedSuccessfully: true, Result: { Lease: null, Reject: var reject } } => reject,
            _ => null,
        };
        if (refusal is not null)
            return null;
        try
        {
            if (!encoded.Exists)
                encoded = node.Encode(function);
        }
        catch
        {
            pools.Background.Run("the release of a job that is not submitted", ReleaseAsync(pending));
            throw;
        }

        var job = new PooledJob<T>(node.NextAttempt(), encoded, limits, askedAt, node.Functions, node.Dispatcher, pools.Local, lease: null);
        pools.Background.Run(
            "the submission of an admitted job",
            SubmitWhenAdmittedAsync(job, pending, whenStarted, cancellationToken),
            exception => EndUnadmitted(job, CouldNotBeAdmitted(exception), whenStarted));
        return job;
    }

    /// <summary>
    /// Continues on the thread that made room for the job. The caller already has its task, so nothing of the caller's depends on this
    /// method continuing elsewhere.
    /// </summary>
    private async Task SubmitWhenAdmittedAsync<T>(
        PooledJob<T> job,
        ValueTask<Admission> admission,
        Action<PooledJob<T>, JobFailure?>? whenStarted,
        CancellationToken cancellationToken)
    {
        JobFailure? refusal = null;
        try
        {
            var (lease, reject) = await admission.ConfigureAwait(false);
            if (lease is null)
            {
                refusal = reject;
            }
            else
            {
                job.Admitted(lease);
                Submit(job, lease, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            refusal = EndedEarly(cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            refusal = JobKilled.ShuttingDown(); // since the job was submitted
        }
        catch (Exception exception)
        {
            refusal = CouldNotBeAdmitted(exception);
        }

        if (refusal is null)
            whenStarted?.Invoke(job, null);
        else
            EndUnadmitted(job, refusal, whenStarted);
    }

    private void EndUnadmitted<T>(PooledJob<T> job, JobFailure refusal, Action<PooledJob<T>, JobFailure?>? whenStarted)
    {
        node.Dispatcher.Refuse(job, refusal);
        whenStarted?.Invoke(job, refusal);
    }

    private static JobFailed CouldNotBeAdmitted(Exception exception)
        => new(exception.GetType().FullName!, $"The job could not be admitted: {exception.Message}", exception.ToString());

    private void Submit<T>(PooledJob<T> job, Lease lease, CancellationToken cancellationToken)
    {
        if (lease.Attach(job) is { } killed)
            job.TryStop(EmbeddedPools.UserKilled(killed), immediately: true);
        try
        {
            node.Submit(job, cancellationToken);
        }
        catch
        {
            Release(lease);
            throw;
        }
    }

    private async Task ReleaseAsync(ValueTask<Admission> admission)
    {
        try
        {
            if ((await admission.ConfigureAwait(false)).Lease is { } lease)
                Release(lease);
        }
        catch (OperationCanceledException)
        {
            // Nothing was admitted.
        }
    }

    private void Release(Lease lease) => pools.Local.End(lease, LeaseOutcome.Withdrawn);

    private static JobKilled EndedEarly(CancellationToken cancellationToken)
        => cancellationToken.IsCancellationRequested ? JobKilled.CallerCancelled(cancellationToken) : JobKilled.ShuttingDown();
}
