namespace Handler.Wire;

/// <summary>The descriptors that a worker starts with besides its three standard streams.</summary>
internal static class WorkerDescriptors
{
    /// <summary>Requests come in here.</summary>
    public const int Requests = 3;

    /// <summary>Answers go out here.</summary>
    public const int Answers = 4;

    /// <summary>The read end of a pipe whose write end only the parent has, so that the kernel tells of the parent's death.</summary>
    public const int Lifeline = 5;

    /// <summary>The memory of the <see cref="SharedPage"/>.</summary>
    public const int Page = 6;

    /// <summary>The first descriptor that a worker does not have.</summary>
    public const int End = 7;
}
