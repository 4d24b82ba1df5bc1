namespace Handler.Cluster;

/// <summary>Gets what there is to tell about calls.</summary>
internal interface ICallListener
{
    /// <summary>When its client was last heard of, a timestamp.</summary>
    long HeardAt { get; }

    /// <summary>Called when a call has made progress. May be called on any thread.</summary>
    void Tell(CallId call, CallReply reply);
}
