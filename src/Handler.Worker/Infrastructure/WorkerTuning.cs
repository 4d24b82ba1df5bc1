namespace Handler;

/// <summary>
/// The constants of the worker and of its processes that were chosen by measurement or by judgement, each with its unit and the reason for
/// its value. None of them is a promise to callers. Where no measurement is named, the value was chosen for the purpose that is described.
/// </summary>
/// <remarks>Times in ns are compared with <see cref="System.Diagnostics.Stopwatch"/> ticks, which are ns on Linux.</remarks>
internal static class WorkerTuning
{
    /// <summary>Running jobs one after the other.</summary>
    internal static class Loop
    {
        /// <summary>
        /// How often either side checks for the other's next message before it sleeps, yielding the processor between checks. Waking a
        /// sleeping thread may take longer than the job. Without these checks, one caller had 15 000 to 25 000 jobs per second instead of
        /// 160 000 to 197 000 (docs/decisions/0012).
        /// </summary>
        public const int PollsBeforeSleep = 32;

        /// <summary>
        /// A job that runs for less than this, in ns, is assumed to have used the processor for its whole run time: reading the process
        /// clock costs as much as a short job.
        /// </summary>
        public const long ShortRun = 20_000;

        /// <summary>After a job that ran longer than this, in ns, the resident memory is measured: that takes some µs.</summary>
        public const long LongRun = 1_000_000;

        /// <summary>
        /// After a job that ran longer than this, in ns, the files in memory are checked too: that takes some hundred µs.
        /// </summary>
        public const long VeryLongRun = 10_000_000;

        /// <summary>
        /// After jobs that allocated more than this together, in bytes, the live heap is measured. A request of this size is announced to
        /// the memory guard before it is read.
        /// </summary>
        public const long LargeAllocation = 4 << 20;

        /// <summary>
        /// If the thread pool has not started a cancellation after this time, in ms, it counts as full, and another thread cancels.
        /// </summary>
        public const int CancelPatience = 50;

        /// <summary>
        /// Minimum stack size, in bytes. With less, a job that captures a variable could overflow the stack before it starts.
        /// </summary>
        public const ulong LeastStack = 256 << 10;

        /// <summary>The limits of the jobs that warm up a worker, in bytes: more than any of them uses.</summary>
        public const long WarmUpLimit = 10 << 20;
    }

    /// <summary>Restoring and checking the worker between jobs.</summary>
    internal static class Between
    {
        /// <summary>
        /// A job that ran for less than this, in ns, cannot have left anything behind: starting a thread or a process and opening a file
        /// take longer.
        /// </summary>
        public const long BriefRun = 30_000;

        /// <summary>
        /// After a job that ran longer than this, in ns, everything is checked, which takes some tens of microseconds. Code that runs for
        /// the first time takes this long just to be compiled.
        /// </summary>
        public const long LongRun = 250_000;

        /// <summary>
        /// After a job that ran longer than this, in ns, its finalizers are run if the application has any. This takes some hundred
        /// microseconds.
        /// </summary>
        public const long RunToCollect = 1_000_000;

        /// <summary>The time that all finalizers may take together, in ms.</summary>
        public const int FinalizerPatience = 500;

        /// <summary>How often, about once a millisecond, a worker looks whether its finalizer thread has named itself.</summary>
        public const int NamePolls = 2000;

        /// <summary>
        /// How long work that a job left behind may take to end, in ms. It also has <see cref="GraceChecks"/> checks: where processors are
        /// scarce, the time alone may pass without the work having run.
        /// </summary>
        public const int GraceMilliseconds = 5;

        /// <summary>The number of checks that such work has, whatever the time.</summary>
        public const int GraceChecks = 5;

        /// <summary>
        /// How long the list of threads is believed if their number does not change, in ns. The runtime's threads end after some idle
        /// seconds, so an equal number does not mean the same threads.
        /// </summary>
        public const long ThreadListInterval = 1_000_000_000;

        /// <summary>An upper bound for the timers or listeners that are looked at: their list may change while it is walked.</summary>
        public const int MaxListed = 10_000;

        /// <summary>The accepted number of pooled HTTP connections.</summary>
        public const int MaxKeptConnections = 64;

        /// <summary>The accepted number of duplicates of standard streams: the console makes one of each.</summary>
        public const int MaxDuplicates = 4;
    }

    /// <summary>Guarding the memory of a job from inside. The figures are explained in docs/limits.md.</summary>
    internal static class Guard
    {
        /// <summary>One in this many checks also covers memory held through descriptors, which costs some µs for each descriptor.</summary>
        public const int ChecksPerDescriptors = 16;

        /// <summary>
        /// From this size on, in bytes, arguments or a value to write need more of the heap than is reserved for them anyway.
        /// </summary>
        public const long Sizable = 1 << 20;

        /// <summary>
        /// Up to this many allocated bytes count as growth without a measurement of the heap, which takes longer than many jobs.
        /// </summary>
        public const long Negligible = 16 << 10;

        /// <summary>
        /// Below this limit, in bytes, a full collection at the job's end decides whenever the job allocated more than the limit.
        /// </summary>
        public const long SmallLimit = 1 << 20;

        /// <summary>The allowed drift of the heap since its live size was last known: the limit divided by this.</summary>
        public const long DriftParts = 64;

        /// <summary>What the worker may hold besides what it reads and writes, in bytes.</summary>
        public const long OwnMemory = 32L << 20;

        /// <summary>
        /// The maximum memory in bytes that one byte of a call becomes: <c>{},</c> in JSON is an object and two slots in lists that double
        /// their capacity.
        /// </summary>
        public const long PerByteRead = 24;

        /// <summary>
        /// The same for a byte of a result: it exists as bytes; a long text with characters to escape also exists as UTF-16 and in a
        /// separate piece.
        /// </summary>
        public const long PerByteWritten = 3;

        /// <summary>
        /// How many files in memory are told apart, so that one that is open twice counts once. The list is on the stack.
        /// </summary>
        public const int MaxCountedFiles = 1024;

        /// <summary>
        /// The worker looks at the processes that its job has started for at most one part in this many of the time. One look takes about
        /// 100 µs, and 30 µs for each process.
        /// </summary>
        public const long LookParts = 20;

        /// <summary>
        /// The kernel's record of the memory of a process that has ended includes the pages of its program and libraries. That many bytes
        /// are usual: .NET, Java and browsers have some tens of MiB.
        /// </summary>
        public const long ProgramPages = 64 << 20;

        /// <summary>
        /// A process that was seen with more pages of files than this, in bytes, has probably mapped large files, so that the kernel's
        /// record says nothing about the memory that it held.
        /// </summary>
        public const long ManyFilePages = 128 << 20;
    }

    /// <summary>Reading and writing values.</summary>
    internal static class Values
    {
        /// <summary>A piece of a value that is smaller than this, in bytes, does not cause a check of the budget for reading.</summary>
        public const int SmallPiece = 4 << 10;

        /// <summary>How much is read between two checks of that budget, in bytes of the result.</summary>
        public const int BytesBetweenChecks = 8 << 10;

        /// <summary>A part of a value counts as at least this many bytes: many small parts cost more than their bytes.</summary>
        public const int LeastPart = 512;

        /// <summary>How much of a value the JSON serializer gets at a time, in bytes. Between two portions the budget is checked.</summary>
        public const int Portion = 8 << 10;

        /// <summary>The largest buffer that a thread keeps for reuse, in bytes.</summary>
        public const int KeptBuffer = 1 << 20;

        /// <summary>How many buffers a thread keeps.</summary>
        public const int KeptBuffers = 4;

        /// <summary>
        /// A result of at least this size is large, in bytes. Pieces are no larger than this, unless the writer asks for more in one call.
        /// </summary>
        public const int LargeResult = 1 << 20;

        /// <summary>The size of the first piece of a result, in bytes.</summary>
        public const int FirstPiece = 4096;

        /// <summary>
        /// The size of a new piece is what was written before, divided by this. Larger pieces would waste more space behind the last byte;
        /// smaller pieces would be more numerous.
        /// </summary>
        public const int GrowthParts = 4;

        /// <summary>The usual size of the buffer that frames are read into, in bytes: what a pipe of the usual size holds.</summary>
        public const int FrameBuffer = 64 << 10;

        /// <summary>
        /// How many times larger than a job's heap its encoded result may be. As JSON, the values of a full heap take up to six times
        /// their bytes, and a list that grows while it is read allocates five times its own size.
        /// </summary>
        public const int HeapFactor = 6;

        /// <summary>Added to that, in bytes, for what does not depend on the values.</summary>
        public const long HeapAllowance = 1 << 20;

        /// <summary>
        /// How many functions and types the caches hold: more than programs have, and few enough for the memory of a process that makes
        /// functions endlessly.
        /// </summary>
        public const int CacheSize = 4096;

        /// <summary>
        /// The maximum number of types that a type may refer to, including itself and indirect references. Chosen, not measured: more than
        /// data need, and few enough to look at before the first value is read.
        /// </summary>
        public const int MaxTypes = 2048;

        /// <summary>How many levels of nested functions fit on any stack, even one of 128 KiB.</summary>
        public const int LevelsOnAnyStack = 16;
    }

    /// <summary>Worker processes and their descriptors, as the node sees them.</summary>
    internal static class Processes
    {
        /// <summary>The size of a pipe for requests or responses, in bytes: larger payloads move in fewer steps.</summary>
        public const int PipeBytes = 256 << 10;

        /// <summary>
        /// How long a small request waits for room in a pipe of the usual size, in ms. Such a pipe holds more than a worker is ever sent
        /// ahead. If it is full, the worker stopped reading long ago and is killed. Threads that send to it, including the watchdog's, must
        /// not wait for it.
        /// </summary>
        public const int RoomPatience = 200;

        /// <summary>
        /// How long the exit of a process may follow the closing of its pipes, in ms. A process that exits closes its pipes shortly before
        /// its exit becomes visible.
        /// </summary>
        public const int ExitPatience = 200;

        /// <summary>
        /// The maximum length of one wait of the thread that sends large requests, in ms, because a descriptor may be closed and its number
        /// reused between a check and the wait for it.
        /// </summary>
        public const int RoomWait = 100;

        /// <summary>
        /// How long a worker may take to enter its namespaces, in ms. Chosen, not measured: far longer than a loaded machine takes.
        /// </summary>
        public const int EntryPatience = 30_000;

        /// <summary>
        /// How long the trial of namespaces may take, in milliseconds. It takes about 20 ms on an idle machine. Chosen, not measured: the
        /// default of StartTimeout.
        /// </summary>
        public const int TrialPatience = 10_000;

        /// <summary>
        /// How long waiting for a process that has exited may fail, in ns: another process may trace it and is notified first.
        /// </summary>
        public const long ReapPatience = 1_000_000_000;

        /// <summary>
        /// How long the search for processes of a worker's session is repeated while it finds new ones, in ns: a process that is being
        /// killed may just have started another one in a separate group.
        /// </summary>
        public const long SessionPatience = 2_000_000_000;

        /// <summary>How long to wait for killed processes if they become children of this process, in ns.</summary>
        public const long ChildPatience = 100_000_000;

        /// <summary>
        /// The maximum number of groups of one session that are tied in addition to the worker's own. Each takes a descriptor.
        /// </summary>
        public const int MaxGroups = 16;

        /// <summary>A reserve of descriptors for the node itself and for what the application opens next. Chosen, not measured.</summary>
        public const int SpareDescriptors = 24;

        /// <summary>
        /// The maximum size of a small request, or of several together, in bytes: what is sent ahead, and less than a pipe of the usual
        /// size holds.
        /// </summary>
        public const int SmallRequest = 40 << 10;

        /// <summary>
        /// Up to this much memory of another process, in bytes, it does not matter that some is shared: finding out takes longer than
        /// measuring the rest.
        /// </summary>
        public const long SmallMemory = 16 << 20;

        /// <summary>
        /// How long it may take at most from fork to exec, in ns. Meanwhile a process shares its parent's memory, which must not count
        /// twice. Chosen, not measured: some ms are usual.
        /// </summary>
        public const long TimeToExec = 100_000_000;

        /// <summary>
        /// How long it is remembered which processes do not belong to a worker, in ns, if they are not listed again meanwhile. A process id
        /// is reused only after tens of thousands of other processes have started, which takes longer.
        /// </summary>
        public const long MaxListAge = 1_000_000_000;

        /// <summary>
        /// The kernel lets only one unprivileged process set the niceness of its session per 100 ms, and refuses the others. In ns.
        /// </summary>
        public const long NicenessInterval = 110_000_000;
    }

    /// <summary>Texts in messages. Chosen, not measured: what a person reads at a glance.</summary>
    internal static class Texts
    {
        /// <summary>
        /// Up to this many exceptions, nested or side by side, are described by the exception's own ToString, which costs the job stack and
        /// time.
        /// </summary>
        public const int MaxExceptions = 100;

        /// <summary>How much of a text a message shows, in characters.</summary>
        public const int Excerpt = 500;

        /// <summary>The same for a name.</summary>
        public const int ExcerptOfName = 100;

        /// <summary>How many names are suggested for an unknown one.</summary>
        public const int Suggestions = 5;
    }
}
