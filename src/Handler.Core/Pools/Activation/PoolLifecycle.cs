namespace Handler.Pools;

/// <summary>The phases of an activation, for the calls that wait for the end of its recovery or must stop when it goes.</summary>
internal sealed class PoolLifecycle(PoolState state, TimeProvider time)
{
    private readonly TaskCompletionSource recovered = new();

    /// <summary>Enters the given phase, unless a later one was reached. Waiting requests are rejected if it does not admit jobs.</summary>
    public void Advance(PoolPhase phase)
    {
        state.Advance(phase);
        recovered.TrySetResult();
    }

    /// <summary>A message shows an epoch of the pool. If it is newer, another activation has taken over.</summary>
    public void See(long epoch)
    {
        if (epoch > state.Epoch)
            Advance(PoolPhase.Superseded);
    }

    /// <summary>Waits until the activation can reply.</summary>
    /// <exception cref="PoolSupersededException">Another activation has taken over; ask that one.</exception>
    public async ValueTask UntilRecoveredAsync()
    {
        if (state.Phase == PoolPhase.Recovering)
            await recovered.Task;
        ThrowIfSuperseded();
    }

    /// <summary>Waits at most this long. The activation may still be recovering after that.</summary>
    public async ValueTask WaitForRecoveryAsync(TimeSpan timeout)
    {
        if (state.Phase == PoolPhase.Recovering)
            await recovered.Task.WaitAsync(timeout, time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <exception cref="PoolSupersededException">Another activation has taken over.</exception>
    public void ThrowIfSuperseded()
    {
        if (state.Phase == PoolPhase.Superseded)
            throw new PoolSupersededException(state.Name, state.Epoch);
    }

    /// <exception cref="PoolSupersededException">Another activation has taken over, or is about to.</exception>
    public void ThrowIfGoing()
    {
        if (state.IsGoing)
            throw new PoolSupersededException(state.Name, state.Epoch);
    }
}
