namespace Handler.Infrastructure;

/// <summary>
/// The constants that were chosen by measurement or by judgement, each with its unit and the reason for its value. None of them is a
/// promise to callers. Where no measurement is named, the value was chosen for the purpose that is described.
/// </summary>
/// <remarks>Times in ns are compared with <see cref="System.Diagnostics.Stopwatch"/> ticks, which are ns on Linux.</remarks>
internal static class Tuning
{
    /// <summary>Sending jobs ahead, in batches; see docs/decisions/0002.</summary>
    internal static class SendAhead
    {
        /// <summary>
        /// A function or a worker is quick if its jobs run for less than this, in ns. Waking a sleeping process was measured as about 50
        /// µs, so waiting for a quick worker is no slower than waking another one.
        /// </summary>
        public const long QuickRun = 50_000;

        /// <summary>
        /// When a job has run for this long, in ns, the jobs sent ahead behind it are taken back. Five times the time to wake another
        /// worker: the detour then costs a small part of the wait.
        /// </summary>
        public const long SlowRun = 250_000;

        /// <summary>
        /// How often the watchdog looks for slow jobs while jobs wait or are sent ahead, in ns. Twice <see cref="SlowRun"/>, so that the
        /// watchdog wakes 2,000 times a second at most.
        /// </summary>
        public const long CheckInterval = 500_000;

        /// <summary>
        /// Jobs up to this size may share a write with others, in bytes. One page. Sending several in one write took a prototype
        /// from 194 000 to 565 000 jobs per second.
        /// </summary>
        public const int MaxJobBytes = 4 << 10;

        /// <summary>
        /// Jobs that share a worker take at most this much of its pipe together, in bytes: half of a pipe of the usual size (64 KiB), so
        /// that writing them never blocks.
        /// </summary>
        public const int MaxBytesTogether = 32 << 10;

        /// <summary>
        /// How often a worker's thread yields to the callers before it fills the worker again. 16 yields take about 10 µs if no other
        /// thread wants the processor. With 16 callers on two cores they raised 70 000 to 95 000 jobs per second to 190 000 to 250 000.
        /// </summary>
        public const int GatherYields = 16;

        /// <summary>
        /// A worker that gets its next job within this time after its last one, in ns, will probably get the one after it as soon. Both
        /// sides then poll before they sleep: without polling, one caller had 15 000 to 25 000 jobs per second instead of 160 000 to 197
        /// 000. The value is the time to wake a sleeping process.
        /// </summary>
        public const long NextJobIsSoon = 50_000;
    }

    /// <summary>Inline continuations; see docs/decisions/0012.</summary>
    internal static class Inline
    {
        /// <summary>
        /// How long a continuation may keep its worker's thread, in ns, before another thread takes over the worker. A timeout may be late
        /// by as much: the target for late timeouts is 3 ms.
        /// </summary>
        public const long Limit = 2_000_000;

        /// <summary>
        /// A continuation that only submits the next job and waits for it has returned within this time, in ns. A no-op job with such a
        /// caller took 4.6 to 11.4 µs.
        /// </summary>
        public const long Moment = 50_000;

        /// <summary>
        /// A continuation that runs for longer, in ns, does real work: for the time of <see cref="ShortPause"/>, continuations run on the
        /// thread pool. An outcome can be late by as much at any time, so it is a tenth of <see cref="Limit"/>.
        /// </summary>
        public const long Brief = 200_000;

        /// <summary>
        /// How long there are no inline continuations after one exceeded <see cref="Limit"/>, in ns. The same caller would probably keep
        /// the next thread too, and a new thread costs more than an inline continuation saves.
        /// </summary>
        public const long Pause = 1_000_000_000;

        /// <summary>
        /// The same after a continuation longer than <see cref="Brief"/>: others may have waited in the meantime. In ns. Such a delay then
        /// occurs ten times a second at most.
        /// </summary>
        public const long ShortPause = 100_000_000;
    }

    /// <summary>The watchdog's checks of running jobs.</summary>
    internal static class Watch
    {
        /// <summary>
        /// How often a running job's resident memory is measured from outside, in ns. The worker measures itself more often; this is for a
        /// worker that cannot. The worker is also shown at this rate that its node is responsive (docs/decisions/0009).
        /// </summary>
        public const long MemoryInterval = 50_000_000;

        /// <summary>When it is first measured after the start of a job, in ns. Most jobs have ended by then.</summary>
        public const long FirstMemoryCheck = 2 * MemoryInterval;

        /// <summary>
        /// Added to the limit when it is checked from outside, in bytes. The worker's own guard checks the same limit; this check should
        /// decide only if the guard does not get to run.
        /// </summary>
        public const long MemorySlack = 16L << 20;

        /// <summary>
        /// Looking at the other processes in the workers' sessions takes at most one part in this many of the watchdog's time. One look
        /// takes about 100 µs.
        /// </summary>
        public const long SessionParts = 50;

        /// <summary>
        /// The longest time that a worker needs between reading a request and starting its job, in ns: it may first check what the previous
        /// job has left behind, and collect garbage.
        /// </summary>
        public const long TimeToClaim = 250_000_000;

        /// <summary>How soon after the end of a job its response must follow, in ns.</summary>
        public const long TimeToRespond = 100_000_000;

        /// <summary>
        /// A large response that is still being written must deliver more than this within <see cref="TimeToRespond"/>, in bytes: 30 MiB
        /// per second. A job must not postpone its deadline by writing a few bytes at a time.
        /// </summary>
        public const long LeastReceived = 3 << 20;

        /// <summary>How long the watchdog waits after a check that failed, in ns.</summary>
        public const long RetryInterval = 100_000_000;
    }

    /// <summary>The starts and ends of workers.</summary>
    internal static class Workers
    {
        /// <summary>How long no worker is started after a failed start, in ns; doubles with each further failure.</summary>
        public const long FirstStartDelay = 100_000_000;

        /// <summary>The most that this delay grows to, in ns.</summary>
        public const long MaxStartDelay = 5_000_000_000;

        /// <summary>How many starts must have failed before waiting jobs are rejected: one failure may be an accident.</summary>
        public const int LeastStartFailures = 3;

        /// <summary>How many times a job whose worker exited before starting it is given to another worker.</summary>
        public const int MaxHandovers = 3;

        /// <summary>
        /// A worker that was idle for this long, in ns, has finished its own work, so the CPU time that it uses from here on belongs
        /// to its next job. Shorter idle times are too frequent to ask the kernel each time.
        /// </summary>
        public const long LongIdle = 1_000_000;

        /// <summary>
        /// From this run time on, in ns, a job's CPU time is compared with the kernel's figure. Asking the kernel costs little
        /// compared with such a job.
        /// </summary>
        public const long RunToReadCpu = 1_000_000;

        /// <summary>
        /// How much CPU time a worker may use itself for a job, in ns, besides reading and writing: to compile its own code and warm
        /// up.
        /// </summary>
        public const long OwnCpu = 20_000_000;

        /// <summary>The same for each byte of the call that it reads, in ns.</summary>
        public const long OwnCpuPerByteRead = 20;

        /// <summary>The same for each byte of the response that it writes, in ns.</summary>
        public const long OwnCpuPerByteWritten = 2;

        /// <summary>How much of each output stream is kept, and how much its pipe holds at most, in bytes.</summary>
        public const int OutputBytes = 64 << 10;

        /// <summary>
        /// How much output is taken after a worker has exited, in bytes. Bounded, because another process may hold the pipe and keep
        /// writing.
        /// </summary>
        public const int MaxOutputAfterExit = 1 << 20;

        /// <summary>
        /// A value that is copied from its bytes, such as an array of numbers, is read on the worker's thread up to this size, in bytes. A
        /// larger one would keep the thread from its worker for too long.
        /// </summary>
        public const int LargestCopy = 2 << 20;

        /// <summary>How long the thread that reads large results waits for the next one before it ends, in ms.</summary>
        public const int ResultThreadIdle = 10_000;
    }

    /// <summary>Encoding functions and reading their results.</summary>
    internal static class Functions
    {
        /// <summary>Up to this size, in bytes, reading any result costs so little that its memory and time need no limits.</summary>
        public const int SmallResult = 4 << 10;

        /// <summary>The least time that reading a result may take, in ms and in addition in ns for each byte.</summary>
        public const int LeastReadMilliseconds = 500, LeastReadPerByte = 100;

        /// <summary>The most time that reading a result may take, in ms and in addition in ns for each byte.</summary>
        public const int MaxReadMilliseconds = 1000, MaxReadPerByte = 500;

        /// <summary>
        /// How many functions, or names of methods, the caches hold: more than programs have, and few enough for the memory of a process
        /// that makes functions endlessly.
        /// </summary>
        public const int CacheSize = 4096;

        /// <summary>Up to this number of captured objects, comparing references one by one is faster than hashing them.</summary>
        public const int LinearSearch = 16;
    }

    /// <summary>The node's own threads.</summary>
    internal static class Threads
    {
        /// <summary>
        /// How often the starter serves the workers that have no thread, in ms. The same delay as that of an inline continuation that keeps
        /// its thread (<see cref="Inline.Limit"/>).
        /// </summary>
        public const int ServeInterval = 2;

        /// <summary>How often the starter retries to get a thread that the system has refused, in ms.</summary>
        public const int RetryInterval = 100;

        /// <summary>
        /// How long a continuation that insists on running on the thread for outcomes
        /// (<see cref="TaskContinuationOptions.ExecuteSynchronously"/>) may take, in ms. After that, the other outcomes are delivered on
        /// the thread pool.
        /// </summary>
        public const int OutcomePatience = 20;

        /// <summary>
        /// Up to this size, in bytes, the calling thread sends a request itself, as far as the worker has room. A fresh pipe has that much
        /// room.
        /// </summary>
        public const int SentByCaller = 64 << 10;

        /// <summary>How much of a large request is sent to one worker before the next one's turn, in bytes.</summary>
        public const int SendTurn = 1 << 20;
    }

    /// <summary>The log.</summary>
    internal static class Log
    {
        /// <summary>The maximum number of lines that wait for a slow logger. Further lines are dropped and counted.</summary>
        public const int MaxLines = 1000;

        /// <summary>How long a node that closes waits for the waiting lines, in ms.</summary>
        public const int ClosePatience = 1000;

        /// <summary>How long a reason for replacing workers is not logged as a warning again, in ns.</summary>
        public const long RetireReasonInterval = 60_000_000_000;

        /// <summary>
        /// The maximum number of such reasons in that time. Bounded, because reasons come from a process that has run someone's code.
        /// </summary>
        public const int MaxRetireReasons = 100;

        /// <summary>The maximum length of such a reason, in characters; the rest is cut.</summary>
        public const int MaxRetireReasonLength = 400;
    }
}
