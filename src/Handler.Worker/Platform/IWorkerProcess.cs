using Handler.Wire;

namespace Handler.Platform;

/// <summary>
/// A worker process as its node sees it. One thread waits, receives, and finally reads its exit and disposes it. Any thread may send and
/// kill at any time, even after the process has exited.
/// </summary>
internal unsafe interface IWorkerProcess : IDisposable
{
    int Pid { get; }

    /// <summary>The memory shared with the process; valid until this object is disposed.</summary>
    SharedPage* Page { get; }

    /// <summary>Waits until there is something to receive or the process has exited.</summary>
    WorkerEvents Wait();

    /// <summary>As <see cref="Wait"/>, but without waiting: returns <see cref="WorkerEvents.None"/> if there is nothing.</summary>
    WorkerEvents Look();

    /// <summary>Reads the available bytes of its responses; 0 if there are none now.</summary>
    int Receive(Span<byte> buffer);

    /// <summary>Reads the available bytes of its output; 0 if there are none now.</summary>
    int ReadOutput(OutputStream stream, Span<byte> buffer);

    /// <summary>Sends requests; <see langword="false"/> if the process is gone.</summary>
    bool Send(ReadOnlySpan<byte> frames);

    /// <summary>The number of request bytes sent.</summary>
    long SentBytes { get; }

    /// <summary>
    /// Whether the worker may have read more than the first bytes of its requests. The kernel counts the bytes still in the pipe, so this
    /// does not rely on what a job claims.
    /// </summary>
    /// <param name="sent">The number of first bytes: an earlier value of <see cref="SentBytes"/>.</param>
    bool MayHaveReadBeyond(long sent);

    /// <summary>Whether there are response bytes that were not received yet.</summary>
    bool HasResponses();

    /// <summary>Its CPU time since it was started, in ns; 0 if it cannot be read, for example after exit.</summary>
    long CpuNanoseconds();

    /// <summary>The CPU time of the processes that it has started and waited for, in ns; -1 if it cannot be read.</summary>
    long EndedCpuNanoseconds();

    /// <summary>Sends as much of a request as there is room for, without waiting.</summary>
    /// <returns>The number of bytes sent; 0 if there is no room now, -1 if the process is gone.</returns>
    int SendSome(ReadOnlySpan<byte> bytes);

    /// <summary>Kills the process and all of its group at the same time. Does nothing after its exit was read.</summary>
    void Kill();

    /// <summary>
    /// The memory that it holds and the kernel cannot reclaim, in bytes; 0 if it is gone. See <see cref="ProcessMemory"/>.
    /// </summary>
    /// <param name="withDescriptors">Whether memory held through its descriptors is measured again.</param>
    long UsedMemory(bool withDescriptors = false);

    /// <summary>
    /// Makes the kernel kill further groups of its session when this process exits, as it does with the worker's own group. Groups that are
    /// no longer listed are released.
    /// </summary>
    /// <param name="groups">The complete list.</param>
    void TieGroups(List<int> groups);

    /// <summary>Sets which processes outside its session are killed when it has exited.</summary>
    /// <param name="processes">The complete list.</param>
    void NoteOutside(List<StartedProcess> processes);

    /// <summary>Whether the kernel limits its memory: it has a cgroup.</summary>
    bool IsLimitedByKernel { get; }

    /// <summary>Sets the kernel's limit on its memory if it has a cgroup.</summary>
    void LimitMemory(long bytes);

    /// <summary>The peak memory that the kernel charged to it if its cgroup's limit killed it; otherwise <see langword="null"/>.</summary>
    long? KilledByControlGroup();

    /// <summary>
    /// Kills the rest of its group, then reads its exit status. Its id stays in use until it is disposed, which may take some ms.
    /// </summary>
    ExitStatus ReadExit();
}
