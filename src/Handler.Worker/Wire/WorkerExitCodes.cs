namespace Handler.Wire;

/// <summary>Exit codes with which a worker ends itself. A job can exit with the same code, so a code alone proves nothing.</summary>
internal static class WorkerExitCodes
{
    /// <summary>The parent closed the request pipe.</summary>
    public const int Dismissed = 0;

    /// <summary>A memory limit was exceeded; <see cref="SharedPage.MemorySource"/> says which.</summary>
    public const int Memory = 77;

    /// <summary>The job has started too many processes; <see cref="SharedPage.ProcessesAttempt"/> says which.</summary>
    public const int Processes = 76;

    /// <summary>A pipe to the parent no longer works, for example because a job closed its descriptor.</summary>
    public const int ChannelLost = 78;

    /// <summary>The worker could not set itself up; stderr says why.</summary>
    public const int SetupFailed = 79;
}
