using Handler.Infrastructure;

namespace Handler.Pools;

/// <summary>
/// The pool's record in storage: this activation raises its epoch, follows its changes, and learns from it that it was replaced.
/// </summary>
internal sealed class StoredRecord(
    PoolState state,
    PoolLifecycle lifecycle,
    ParentRequests asking,
    PoolReleases releases,
    WaitingRoom waiting,
    BackgroundWork background,
    PoolPorts ports)
{
    private string tag = "";

    /// <summary>Makes this the pool's activation, unless it stops before.</summary>
    /// <returns>Whether the pool exists.</returns>
    public async Task<bool> RaiseEpochAsync()
    {
        for (var delay = ports.Timings.RetryDelay; state.Phase == PoolPhase.Recovering; delay = ports.Timings.Grow(delay))
        {
            try
            {
                if (await WithinTimeout(ports.Store.ReadAsync(state.Name)) is not { } stored)
                    return false;
                var record = stored.Record with { Epoch = stored.Record.Epoch + 1 };
                if (await WithinTimeout(ports.Store.WriteAsync(state.Name, record, stored.Tag)) is { } written)
                {
                    tag = written;
                    state.Epoch = record.Epoch;
                    state.Apply(record.Configuration);
                    return true;
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The write may have succeeded: then the next one conflicts with it or raises the epoch once more. Both are fine.
                PoolLog.CannotStore(ports.Log, state.Name, exception);
            }

            await Task.Delay(delay, ports.Time);
        }

        return true; // this activation has stopped meanwhile
    }

    /// <inheritdoc cref="PoolActor.ChangeAsync"/>
    public async Task ChangeAsync(PoolConfiguration configuration)
    {
        while (state.Configuration.Version <= configuration.Version) // otherwise its message, or its write, was delayed
        {
            var known = tag;
            if (await ports.Store.WriteAsync(state.Name, new PoolRecord(configuration, state.Epoch), known) is { } written)
            {
                // Another change that was stored after this one may have been applied before it.
                if (tag == known)
                    Adopt(configuration, written);
                return;
            }

            // Another write came first: another change here, one that seemed to have failed, or a newer activation.
            known = tag;
            if (await ports.Store.ReadAsync(state.Name) is not { } stored)
                throw new InvalidOperationException($"Pool {state.Name} was removed.");
            if (stored.Record.Epoch > state.Epoch)
            {
                lifecycle.See(stored.Record.Epoch);
                throw new PoolSupersededException(state.Name, state.Epoch);
            }

            if (tag == known)
                Adopt(stored.Record.Configuration, stored.Tag);
        }
    }

    /// <summary>
    /// Colocated callers bypass Orleans' directory, and requests forwarded by child pools carry no epoch, so a superseded activation (or
    /// one whose pool was removed via another activation) might never be told. It therefore reads its record here. A change that was stored
    /// although the write seemed to fail takes effect here.
    /// </summary>
    public async Task CheckAsync()
    {
        var known = tag;
        try
        {
            var stored = await WithinTimeout(ports.Store.ReadAsync(state.Name));
            if (tag != known)
                return; // changed meanwhile by a call: the record that was read may be older
            if (stored is not var (record, readTag))
                Remove();
            else if (record.Epoch > state.Epoch)
                lifecycle.See(record.Epoch);
            else if (readTag != known)
                Adopt(record.Configuration, readTag);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Read again with the next reconciliation.
        }
    }

    /// <inheritdoc cref="PoolActor.Remove"/>
    public void Remove()
    {
        lifecycle.Advance(PoolPhase.Removed);
        releases.WithdrawAll(static _ => true);
    }

    private void Adopt(PoolConfiguration stored, string storedTag)
    {
        tag = storedTag;
        var hasOtherParents = !stored.HasSameParents(state.Configuration);
        state.Apply(stored);
        if (hasOtherParents)
            asking.LeaveFormerParents();
        state.DismissInfeasible();
        asking.ReturnShares();
        releases.GiveRoom();
        background.Run("the check of waiting jobs", waiting.RejectInfeasibleAsync());
    }

    private Task<T> WithinTimeout<T>(ValueTask<T> call) => call.AsTask().WaitAsync(ports.Timings.CallTimeout, ports.Time);
}
