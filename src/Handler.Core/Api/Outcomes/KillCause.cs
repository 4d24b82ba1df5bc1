namespace Handler;

/// <summary>Who asked for a job to be killed.</summary>
public enum KillCause
{
    /// <summary>The caller's cancellation token was cancelled, or its <see cref="JobHandle{T}"/> disposed.</summary>
    CallerCancelled = 1,

    /// <summary>Somebody killed the job, by id, by name or with its whole pool.</summary>
    UserKilled = 2,

    /// <summary>The node is shutting down.</summary>
    Shutdown = 3,

    /// <summary>Nobody asked for the job any more: its caller's process died, or could not reach the cluster for too long.</summary>
    CallerGone = 4,
}
