namespace Handler;

/// <summary>The job was not admitted; nothing started.</summary>
public sealed class JobRejectedException(string message, string pool, RejectReason reason, long requested, long used, long limit) : JobException(message, null)
{
    /// <summary>The pool of the chain that refused the job; <c>node</c> for the node itself.</summary>
    public string Pool { get; } = pool;

    /// <summary>The reason.</summary>
    public RejectReason Reason { get; } = reason;

    /// <summary>The requested amount, in the reason's unit (workers, bytes, waiting jobs, milliseconds).</summary>
    public long Requested { get; } = requested;

    /// <summary>The amount in use, in the same unit.</summary>
    public long Used { get; } = used;

    /// <summary>The limit, in the same unit.</summary>
    public long Limit { get; } = limit;
}
