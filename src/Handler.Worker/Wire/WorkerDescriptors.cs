namespace Handler.Wire;

/// <summary>The descriptors that a worker starts with, in addition to its three standard streams.</summary>
internal static class WorkerDescriptors
{
    /// <summary>The worker reads requests here.</summary>
    public const int Requests = 3;

    /// <summary>The worker writes responses here.</summary>
    public const int Responses = 4;

    /// <summary>The read end of a pipe whose write end only the parent has, so that the kernel reports the parent's death.</summary>
    public const int Lifeline = 5;

    /// <summary>The memory of the <see cref="SharedPage"/>.</summary>
    public const int Page = 6;

    /// <summary>The number after the last of these descriptors.</summary>
    public const int End = 7;
}
