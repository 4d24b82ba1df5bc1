namespace Handler.Pools;

/// <content>How an activation goes while its process still runs, as when its silo shuts down.</content>
internal sealed partial class PoolActor
{
    /// <summary>
    /// Another activation is to take over. From now on nothing is admitted, and all requests under way are refused so that their askers ask again and find the next activation.
    /// Releases are still taken: jobs end while the pool moves, and their callers wait for that. The host drops this activation soon, when <see cref="Unsettled"/> is zero.
    /// </summary>
    public void Leave()
    {
        if (_phase == Phase.Ready)
            RefuseAll(Phase.Leaving);
        else if (_phase == Phase.Recovering)
            RefuseAll(Phase.Superseded); // it has no books yet: it cannot tell what is given back
    }

    /// <summary>The host drops this activation: it admits and repeats nothing any more, and who waits is to ask the next one.</summary>
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
