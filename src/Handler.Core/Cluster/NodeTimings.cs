namespace Handler.Cluster;

/// <summary>The times in which callers and nodes keep each other informed.</summary>
internal static class NodeTimings
{
    /// <summary>After what time a node answers that a call has not got further.</summary>
    public static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(1);

    /// <summary>How long a caller waits for that answer. Later ones are not missed: the caller asks all nodes then. As text for attributes.</summary>
    public const string LongPollTimeout = "00:00:02";

    /// <summary>The same as a time.</summary>
    public static readonly TimeSpan Listening = TimeSpan.Parse(LongPollTimeout, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How long a job goes on without anybody asking for it, unless it is detached.</summary>
    public static readonly TimeSpan CallerSilence = TimeSpan.FromSeconds(5);

    /// <summary>How long the ending of a job is kept for a caller who has not got it.</summary>
    public static readonly TimeSpan EndingKept = TimeSpan.FromSeconds(30);

    /// <summary>How long a node that has drained stays, after its grace and 5 s for its pools, for callers who are fetching large values. Its host gives it 30 s after the grace.</summary>
    public static readonly TimeSpan FetchAfterDrain = TimeSpan.FromSeconds(20);

    /// <summary>A node that has not looked at its calls for so long stood still: it was stopped, or got no processor time.</summary>
    public static readonly TimeSpan Standstill = TimeSpan.FromSeconds(1.5);

    /// <summary>How often a node looks at its calls.</summary>
    public static readonly TimeSpan Sweep = TimeSpan.FromMilliseconds(200);

    /// <summary>For so long after it was sent a call may still arrive at a node that is short of processor time; only then, or when a node has died meanwhile, do nodes refuse it.</summary>
    public static readonly TimeSpan LateArrival = TimeSpan.Parse(LateArrivalTimeout, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The same as text for attributes: for so long the message with the job is delivered. Its caller listens no longer than <see cref="LongPollTimeout"/>, and asks all nodes then.</summary>
    public const string LateArrivalTimeout = "00:00:15";

    /// <summary>
    /// So long after the time in which a call had to be admitted is over, nodes are told to refuse it, also where it may still arrive: its caller is promised an answer 5 s after that time.
    /// </summary>
    public static readonly TimeSpan ArrivalSlack = TimeSpan.FromSeconds(3);

    /// <summary>For so long after a node was declared dead callers may still send calls to it: until they read the list of gateways again.</summary>
    public static readonly TimeSpan DeadGatewayKept = TimeSpan.FromSeconds(5);

    /// <summary>How long a caller tries to find out what became of a call when no node can be reached.</summary>
    public static readonly TimeSpan FindTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The same for a call that was stopped.</summary>
    public static readonly TimeSpan FindTimeoutWhenStopped = TimeSpan.FromSeconds(3);
}
