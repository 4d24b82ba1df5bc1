using Handler.Wire;

namespace Handler.Platform;

/// <summary>
/// What a node needs of its operating system. Everything that is particular to one is behind this and lies in this folder.
/// </summary>
internal interface IPlatform
{
    /// <summary>Why workers cannot run here, in one sentence; <see langword="null"/> when they can.</summary>
    string? WhyUnsupported();

    /// <summary>Why this process cannot have that many workers at the same time, as the end of a sentence about them; <see langword="null"/> when nothing is known against it.</summary>
    string? WhyNotSoMany(int workers);

    /// <summary>Starts a worker process. The calling thread waits until it is started, not until it is ready.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    IWorkerProcess Start(WorkerCommand command);

    /// <summary>Looks for control groups, as the options ask.</summary>
    /// <param name="mode">Whether they are wanted.</param>
    /// <returns>What came of it, for the log: the version in use, or why there is none.</returns>
    ControlGroups OpenControlGroups(ControlGroupMode mode);

    /// <summary>What else is in the sessions of workers.</summary>
    ISessions OpenSessions();

    /// <summary>An alarm clock for one thread.</summary>
    IAlarm CreateAlarm();

    /// <summary>Waits for workers to have room for more of a request, for one thread.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    IRoomWatch CreateRoomWatch();

    /// <summary>Starts a background thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="run">What it does. An exception that leaves this ends the whole process.</param>
    /// <param name="priority">Its priority.</param>
    /// <exception cref="IOException">The operating system refused; the message says which limits may be the cause.</exception>
    Thread StartThread(string name, ThreadStart run, ThreadPriority priority = ThreadPriority.Normal);
}

/// <summary>How a worker process is started.</summary>
/// <param name="Path">The program.</param>
/// <param name="Arguments">Its arguments, the program's name first.</param>
/// <param name="Environment">Its whole environment, as <c>NAME=value</c>.</param>
internal sealed record WorkerCommand(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment)
{
    /// <summary>Its working directory. Where that is gone, or must not be entered, it is the root.</summary>
    public string Directory { get; init; } = "/";

    /// <summary>What is taken away from it before it starts.</summary>
    public LaunchRights Rights { get; init; } = new();

    /// <summary>Files that it has to be able to read.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>The folder that was named for temporary files; <see langword="null"/> where it is the system's.</summary>
    public string? TemporaryFolder { get; init; }
}

/// <summary>What a process keeps of the rights of the one that starts it.</summary>
internal sealed record LaunchRights
{
    /// <summary>How much nicer to others it and its session are; 0 to 19.</summary>
    public int Niceness { get; init; }

    /// <summary>The user and group it runs as, without further groups; <see langword="null"/> for the same.</summary>
    public int? UserId { get; init; }

    /// <summary>Whether it and what it starts can never gain privileges.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>Whether it has no capabilities, not even as root.</summary>
    public bool DropCapabilities { get; init; }
}

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code, if it exited.</param>
/// <param name="Signal">The signal's number, if a signal ended it.</param>
/// <param name="CpuNanoseconds">Its processor time from start to end.</param>
internal readonly record struct ExitStatus(int? Code, int? Signal, long CpuNanoseconds);

/// <summary>What woke a thread that waits for a worker.</summary>
[Flags]
internal enum WorkerEvents
{
    None = 0,
    Answers = 1,
    Output = 2,
    Error = 4,
    Ended = 8,

    /// <summary>It has closed the pipe of its answers and lives on: nothing more can come of it.</summary>
    Closed = 16,
}

/// <summary>One of a job's standard streams.</summary>
internal enum OutputStream
{
    Output,
    Error,
}

/// <summary>
/// A worker process as its node sees it. One thread waits, receives and in the end reaps and disposes it; sending and killing may
/// be done from any thread at any time, also after the end.
/// </summary>
internal unsafe interface IWorkerProcess : IDisposable
{
    int Pid { get; }

    /// <summary>The memory shared with it; valid until this is disposed.</summary>
    SharedPage* Page { get; }

    /// <summary>Waits until there is something to receive, or the process has ended.</summary>
    WorkerEvents Wait();

    /// <summary>As <see cref="Wait"/>, without waiting: <see cref="WorkerEvents.None"/> when there is nothing.</summary>
    WorkerEvents Look();

    /// <summary>Takes what has come of its answers; 0 when there is nothing (now).</summary>
    int Receive(Span<byte> buffer);

    /// <summary>Takes what has come of its output; 0 when there is nothing (now).</summary>
    int ReadOutput(OutputStream stream, Span<byte> buffer);

    /// <summary>Sends requests; <see langword="false"/> when the process is gone.</summary>
    bool Send(ReadOnlySpan<byte> frames);

    /// <summary>How many bytes of requests were sent.</summary>
    long SentBytes { get; }

    /// <summary>Whether it may have read more of its requests than the first bytes. The kernel counts what is still in the pipe, so no claim of a job's is believed for it.</summary>
    /// <param name="sent">How many bytes: <see cref="SentBytes"/> at some time.</param>
    bool MayHaveReadBeyond(long sent);

    /// <summary>Whether there is something of its answers that was not received yet.</summary>
    bool HasAnswers();

    /// <summary>Its processor time since it was started, in ns; 0 when that cannot be read, as when it has ended.</summary>
    long CpuNanoseconds();

    /// <summary>Sends as much of a request as there is room for, without waiting.</summary>
    /// <returns>How many bytes that was; 0 when there is no room now, -1 when the process is gone.</returns>
    int SendSome(ReadOnlySpan<byte> bytes);

    /// <summary>Kills the process and all of its group, at once. Does nothing once it is reaped.</summary>
    void Kill();

    /// <summary>How much memory it holds that the kernel cannot take back, in bytes; 0 when it is gone. See <see cref="ProcessMemory"/>.</summary>
    /// <param name="withDescriptors">Whether it is looked at anew what it holds through its descriptors.</param>
    long UsedMemory(bool withDescriptors = false);

    /// <summary>Has the kernel kill further groups of its session when this process ends, as it does with the worker's own; those that are not named any more are let go.</summary>
    /// <param name="groups">All of them.</param>
    void TieGroups(List<int> groups);

    /// <summary>Sets the kernel's limit on its memory, where it has a control group.</summary>
    void LimitMemory(long bytes);

    /// <summary>What the kernel charged to it at most, if its control group's limit has killed it; otherwise <see langword="null"/>.</summary>
    long? KilledByControlGroup();

    /// <summary>Kills what is left of its group, then takes its exit status. Only after <see cref="WorkerEvents.Ended"/>.</summary>
    ExitStatus Reap();
}

/// <summary>What jobs have started: the processes of workers' sessions besides the workers themselves. For one thread.</summary>
internal interface ISessions
{
    /// <summary>Looks for them.</summary>
    void Refresh();

    /// <summary>How much memory those of one session hold that the kernel cannot take back, in bytes; as of the last look for them.</summary>
    /// <param name="leader">The worker's id.</param>
    long UsedMemory(int leader);

    /// <summary>The groups in a session besides its leader's, among the processes that the last look has found.</summary>
    /// <param name="leader">The worker's id.</param>
    /// <param name="groups">Gets them; it is cleared first.</param>
    void OtherGroups(int leader, List<int> groups);
}

/// <summary>Wakes one thread when a worker has room for more of a request, or when asked.</summary>
internal interface IRoomWatch : IDisposable
{
    /// <summary>Waits until one of these has room or is gone, or until <see cref="Ring"/>. It may also return without either.</summary>
    void Wait(IReadOnlyList<IWorkerProcess> full);

    /// <summary>Ends the present or the next wait. From any thread, also after this is disposed.</summary>
    void Ring();
}

/// <summary>Wakes one thread at a time of the monotonic clock, or earlier when asked.</summary>
internal interface IAlarm : IDisposable
{
    /// <summary>Waits until the time (in <see cref="System.Diagnostics.Stopwatch"/> ticks) or until <see cref="Ring"/>.</summary>
    void WaitUntil(long timestamp);

    /// <summary>Ends the present or the next wait. From any thread.</summary>
    void Ring();
}
