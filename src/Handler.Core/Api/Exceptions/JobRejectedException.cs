namespace Handler;

/// <summary>The job was not admitted; nothing started.</summary>
public sealed class JobRejectedException(string message, string pool, RejectReason reason, long requested, long used, long limit) : JobException(message, null)
{
    /// <summary>The pool that refused it.</summary>
    public string Pool { get; } = pool;

    /// <summary>Why.</summary>
    public RejectReason Reason { get; } = reason;

    /// <summary>How much was asked for, in the reason's unit (workers, bytes, waiting jobs, milliseconds).</summary>
    public long Requested { get; } = requested;

    /// <summary>How much was in use.</summary>
    public long Used { get; } = used;

    /// <summary>How much there is.</summary>
    public long Limit { get; } = limit;
}
