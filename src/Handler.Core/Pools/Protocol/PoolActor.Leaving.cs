namespace Handler.Pools;

/// <content>How an activation stops while its process still runs, for example when its silo shuts down.</content>
internal sealed partial class PoolActor
{
    /// <summary>
    /// Another activation will take over. From now on this one admits nothing and refuses all pending requests, so that their nodes ask
    /// again and find the next activation. It still accepts releases: jobs end while the pool moves, and their callers wait for that. The
    /// host soon drops this activation, when <see cref="Unsettled"/> is zero.
    /// </summary>
    public void Leave()
    {
        if (_phase == Phase.Ready)
            RefuseAll(Phase.Leaving);
        else if (_phase == Phase.Recovering)
            RefuseAll(Phase.Superseded); // it has no books yet, so it cannot tell which shares are released
    }

    /// <summary>
    /// The host drops this activation: it no longer admits or repeats anything, and waiting requests are refused so that they go to the next
    /// one.
    /// </summary>
    public void Close()
    {
        RefuseAll(Phase.Superseded);
        _outbox.Close();
    }

    private void RefuseAll(Phase phase)
    {
        WithdrawAll();
        Finish(phase);
    }

    private void WithdrawAll()
    {
        foreach (var pending in _pending.Values.ToList())
            Withdraw(pending.Request.Job, pending.Request.Route);
    }

    private bool IsGoing => _phase is Phase.Leaving or Phase.Superseded;

    /// <exception cref="PoolSupersededException">Another activation has taken over, or is about to.</exception>
    private void ThrowIfGoing()
    {
        if (IsGoing)
            throw new PoolSupersededException(Name, Epoch);
    }
}
