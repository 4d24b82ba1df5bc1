namespace Handler.Cluster;

/// <summary>The timings with which callers and nodes keep each other informed.</summary>
internal static class NodeTimings
{
    /// <summary>After this time a node replies that a call has made no progress.</summary>
    public static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a caller waits for that reply. A later reply is not missed: the caller then asks all nodes. As text for attributes.
    /// </summary>
    public const string LongPollTimeout = "00:00:02";

    /// <summary><see cref="LongPollTimeout"/> as a time.</summary>
    public static readonly TimeSpan Listening = TimeSpan.Parse(LongPollTimeout, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How long a job continues while its caller does not ask for it, unless it is detached.</summary>
    public static readonly TimeSpan CallerSilence = TimeSpan.FromSeconds(5);

    /// <summary>How long the outcome of a job is kept for a caller that does not have it.</summary>
    public static readonly TimeSpan OutcomeKept = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a drained node stays for callers that are fetching large values, after its grace period and 5 s for its pools. Its host
    /// gives it 30 s after the grace period.
    /// </summary>
    public static readonly TimeSpan FetchAfterDrain = TimeSpan.FromSeconds(20);

    /// <summary>A node that has not swept its calls for this long was unresponsive: it was stopped, or got no CPU time.</summary>
    public static readonly TimeSpan UnresponsiveAfter = TimeSpan.FromSeconds(1.5);

    /// <summary>How often a node sweeps its calls.</summary>
    public static readonly TimeSpan Sweep = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long a sent call may still be delivered to a starved node. Nodes refuse it only after this time, or once a node has died.
    /// </summary>
    public static readonly TimeSpan LateArrival = TimeSpan.Parse(LateArrivalTimeout, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// <see cref="LateArrival"/> as text for attributes: how long the message with the job is delivered. Its caller waits no longer than
    /// <see cref="LongPollTimeout"/>, and then asks all nodes.
    /// </summary>
    public const string LateArrivalTimeout = "00:00:15";

    /// <summary>
    /// Nodes are told to refuse a call this long after the time to admit it is over, even if it may still arrive: its caller is promised an
    /// outcome 5 s after that time.
    /// </summary>
    public static readonly TimeSpan ArrivalSlack = TimeSpan.FromSeconds(3);

    /// <summary>
    /// For this long after a node was declared dead, callers may still send calls to it, until they read the list of gateways again.
    /// </summary>
    public static readonly TimeSpan DeadGatewayKept = TimeSpan.FromSeconds(5);

    /// <summary>How long a caller tries to find out what happened to a call when no node can be reached.</summary>
    public static readonly TimeSpan FindTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The same for a call that was stopped.</summary>
    public static readonly TimeSpan FindTimeoutWhenStopped = TimeSpan.FromSeconds(3);
}
