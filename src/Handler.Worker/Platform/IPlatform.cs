using Handler.Wire;

namespace Handler.Platform;

/// <summary>
/// The operating system services that a node needs. All code that is specific to an operating system is behind this interface and in this
/// folder.
/// </summary>
internal interface IPlatform
{
    /// <summary>Why workers cannot run here, in one sentence; <see langword="null"/> if they can.</summary>
    string? WhyUnsupported();

    /// <summary>
    /// Why this process cannot have that many workers at the same time, as the end of a sentence about them; <see langword="null"/> if no
    /// obstacle is known.
    /// </summary>
    string? WhyNotSoMany(int workers);

    /// <summary>Starts a worker process. Blocks the calling thread until the process is started, not until the worker is ready.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    IWorkerProcess Start(WorkerCommand command);

    /// <summary>Looks for cgroups, as the options ask.</summary>
    /// <param name="mode">Whether cgroups are wanted.</param>
    /// <returns>The result, for the log: the version in use, or why there is none.</returns>
    ControlGroups OpenControlGroups(ControlGroupMode mode);

    /// <summary>Opens the view of the other processes in the sessions of workers.</summary>
    ISessions OpenSessions();

    /// <summary>Creates an alarm clock for one thread.</summary>
    IAlarm CreateAlarm();

    /// <summary>Creates an object with which one thread waits until workers have room for more of a request.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    IRoomWatch CreateRoomWatch();

    /// <summary>Starts a background thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="run">The code to run. An exception that leaves it ends the whole process.</param>
    /// <param name="priority">Its priority.</param>
    /// <exception cref="IOException">The operating system refused; the message says which limits may be the cause.</exception>
    Thread StartThread(string name, ThreadStart run, ThreadPriority priority = ThreadPriority.Normal);
}

/// <summary>How a worker process is started.</summary>
/// <param name="Path">The program.</param>
/// <param name="Arguments">Its arguments, starting with the program's name.</param>
/// <param name="Environment">Its complete environment, as <c>NAME=value</c>.</param>
internal sealed record WorkerCommand(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    /// <summary>Its working directory. If that does not exist or cannot be entered, the root directory is used.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>The rights that are removed before it starts.</summary>
    public LaunchRights Rights { get; init; } = new();

    /// <summary>Files that it must be able to read.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>The configured folder for temporary files; <see langword="null"/> for the system's default.</summary>
    public string? TemporaryFolder { get; init; }
}

/// <summary>The rights that a process keeps from the process that starts it.</summary>
internal sealed record LaunchRights
{
    /// <summary>The increase in niceness of the process and its session; 0 to 19.</summary>
    public int Niceness { get; init; }

    /// <summary>The user and group that it runs as, without supplementary groups; <see langword="null"/> for no change.</summary>
    public int? UserId { get; init; }

    /// <summary>Whether it and the processes that it starts can never gain privileges.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>Whether it has no capabilities, not even as root.</summary>
    public bool DropCapabilities { get; init; }
}

/// <summary>How a process exited.</summary>
/// <param name="Code">Its exit code, if it exited.</param>
/// <param name="Signal">The signal's number, if a signal killed it.</param>
/// <param name="CpuNanoseconds">Its processor time from start to exit, in ns.</param>
internal readonly record struct ExitStatus(int? Code, int? Signal, long CpuNanoseconds);

/// <summary>The events that wake a thread that waits for a worker.</summary>
[Flags]
internal enum WorkerEvents
{
    None = 0,
    Answers = 1,
    Output = 2,
    Error = 4,
    Ended = 8,

    /// <summary>The worker has closed its answer pipe but still runs: it can send nothing more.</summary>
    Closed = 16,
}

/// <summary>One of a job's standard streams.</summary>
internal enum OutputStream
{
    Output,
    Error,
}

/// <summary>
/// A worker process as its node sees it. One thread waits, receives, and finally reaps and disposes it. Any thread may send and kill at any
/// time, even after the process has exited.
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

    /// <summary>Reads the available bytes of its answers; 0 if there are none now.</summary>
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

    /// <summary>Whether there are answer bytes that were not received yet.</summary>
    bool HasAnswers();

    /// <summary>Its processor time since it was started, in ns; 0 if it cannot be read, for example after exit.</summary>
    long CpuNanoseconds();

    /// <summary>Sends as much of a request as there is room for, without waiting.</summary>
    /// <returns>The number of bytes sent; 0 if there is no room now, -1 if the process is gone.</returns>
    int SendSome(ReadOnlySpan<byte> bytes);

    /// <summary>Kills the process and all of its group at the same time. Does nothing after it is reaped.</summary>
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

    /// <summary>Sets the kernel's limit on its memory if it has a cgroup.</summary>
    void LimitMemory(long bytes);

    /// <summary>The peak memory that the kernel charged to it if its cgroup's limit killed it; otherwise <see langword="null"/>.</summary>
    long? KilledByControlGroup();

    /// <summary>Kills the rest of its group, then takes its exit status. Only after <see cref="WorkerEvents.Ended"/>.</summary>
    ExitStatus Reap();
}

/// <summary>The processes that jobs have started: all processes in workers' sessions except the workers. For one thread.</summary>
internal interface ISessions
{
    /// <summary>Updates the list of these processes.</summary>
    void Refresh();

    /// <summary>
    /// The memory that the processes of one session hold and the kernel cannot reclaim, in bytes, as of the last <see cref="Refresh"/>.
    /// </summary>
    /// <param name="leader">The worker's process id.</param>
    long UsedMemory(int leader);

    /// <summary>The groups in a session other than its leader's, among the processes that the last <see cref="Refresh"/> found.</summary>
    /// <param name="leader">The worker's process id.</param>
    /// <param name="groups">Receives the groups; it is cleared first.</param>
    void OtherGroups(int leader, List<int> groups);
}

/// <summary>Wakes one thread when a worker has room for more of a request, or on demand.</summary>
internal interface IRoomWatch : IDisposable
{
    /// <summary>
    /// Waits until one of these workers has room or is gone, or until <see cref="Ring"/>. It may also return without either.
    /// </summary>
    void Wait(IReadOnlyList<IWorkerProcess> full);

    /// <summary>Ends the current or the next wait. From any thread, also after this is disposed.</summary>
    void Ring();
}

/// <summary>Wakes one thread at a time of the monotonic clock, or earlier on demand.</summary>
internal interface IAlarm : IDisposable
{
    /// <summary>Waits until the time (in <see cref="System.Diagnostics.Stopwatch"/> ticks) or until <see cref="Ring"/>.</summary>
    void WaitUntil(long timestamp);

    /// <summary>Ends the current or the next wait. From any thread.</summary>
    void Ring();
}
