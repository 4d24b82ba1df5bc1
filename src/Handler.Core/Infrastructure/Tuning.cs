namespace Handler.Infrastructure;

/// <summary>
/// The constants of the host that were chosen by measurement or by judgement, each with its unit and the reason for its value. None of them
/// is a promise to callers. Where no measurement is named, the value was chosen for the purpose that is described. Elsewhere are only
/// numbers of another kind: the limits of the public options, the timings of the protocols (NodeTimings, PoolTimings) and of the calls of
/// grains (GrainCalls), the promise when a silo exits (Departure.AfterDrain), the bounds of formats, and facts about the runtime and the
/// system.
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
        /// How many jobs of one tenant a worker gets in succession, sent ahead, while other tenants wait that are no worse off. Chosen, not
        /// measured: quick jobs of several tenants are still sent together, and a tenant waits for a few milliseconds at most.
        /// </summary>
        public const int MaxJobsInTurn = 64;

        /// <summary>
        /// A worker that gets its next job within this time after its last one, in ns, will probably get the one after it as soon. Both
        /// sides then poll before they sleep: without polling, one caller had 15 000 to 25 000 jobs per second instead of 160 000 to
        /// 197 000. The value is the time to wake a sleeping process.
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
        /// The same while a job has processes, in ns: the worker's own look at them does not see what a hostile job hides from it, and a
        /// process can use memory or CPU time as fast as the worker itself.
        /// </summary>
        public const long ProcessInterval = 10_000_000;

        /// <summary>How soon the CPU time of a job near its limit is measured again, in ns.</summary>
        public const long LeastCpuInterval = 1_000_000;

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

        /// <summary>
        /// How long a worker serves its profile or pool, in ns, before it is replaced because jobs of another one wait: a start costs about
        /// as much.
        /// </summary>
        public const long ShortestTurn = 100_000_000;

        /// <summary>
        /// The same, as a multiple of the time that its own start took. Where a start takes longer, as on a loaded machine, and the first
        /// job too, replacing workers after 100 ms took nearly all of the processor time: 10 pools on 2 workers ran one job for each start.
        /// </summary>
        public const int TurnOverStart = 3;

        /// <summary>
        /// How long a worker that has run a job is idle, in ns, before it ends because jobs of another profile or pool wait. A caller that
        /// submits one job after the other is back within this time. Without it, each job of such a caller cost a process: 2 jobs per
        /// second instead of 24 000.
        /// </summary>
        public const long ShortestIdle = 10_000_000;

        /// <summary>
        /// How long the replacement of a killed worker waits for its exit, in ns. An exit takes 4 to 10 ms, and several times longer if the
        /// worker had much memory or the machine is loaded.
        /// </summary>
        public const long LongestExit = 50_000_000;

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
        /// How much is kept of the text that the runtime writes when it aborts, in bytes: the reason is at its beginning. Chosen, not
        /// measured: a few lines.
        /// </summary>
        public const int MaxLastWords = 512;

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

        /// <summary>
        /// How soon a thread of the node tries again what has failed, in ms, as to get a thread that the system has refused. Chosen, not
        /// measured: a retry costs little, and jobs may wait for it.
        /// </summary>
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

    /// <summary>The calls that a node of a cluster has.</summary>
    internal static class Calls
    {
        /// <summary>
        /// How long the thread that has sent a job polls for its response before it sleeps. About the time of a quick job, including the
        /// waking of its worker; docs/decisions/0012 has the measurement.
        /// </summary>
        public static readonly TimeSpan MaxSpin = TimeSpan.FromMicroseconds(100);

        /// <summary>
        /// If no job has ended for this long on a full node, all its workers run slow jobs, and a new job may be quicker elsewhere. Chosen,
        /// not measured: far longer than asking another node takes.
        /// </summary>
        public static readonly TimeSpan SlowAfter = TimeSpan.FromMilliseconds(50);

        /// <summary>
        /// The number of nodes with a published load of "full" that are asked before a job is rejected: a load may be as old as
        /// <see cref="Silos.LoadInterval"/>. Chosen, not measured: a full cluster then costs each job at most two messages.
        /// </summary>
        public const int MaxFullAsked = 2;

        /// <summary>
        /// How long a job that has its share, but finds no room on any node, waits before it asks again: as long as a published load may
        /// be old.
        /// </summary>
        public static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

        /// <summary>
        /// The maximum number of delivered outcomes that are kept in case the delivery was lost on the way. Chosen, not measured: with
        /// <see cref="Overhead"/> each they take 2 MiB.
        /// </summary>
        public const int MaxDelivered = 4_096;

        /// <summary>The maximum size of these outcomes together, in bytes. Chosen, not measured: little beside a node's payloads.</summary>
        public const int MaxDeliveredBytes = 16 << 20;

        /// <summary>
        /// The maximum number of calls that a node remembers to refuse, because their callers have given them up. Chosen, not measured:
        /// such calls are rare, and only their ids are kept.
        /// </summary>
        public const int MaxRefused = 16_384;

        /// <summary>
        /// Values from this size on, in bytes, are worth making room for, and worth dropping. Chosen, not measured: dropping smaller ones
        /// costs an outcome and gains little.
        /// </summary>
        public const int LargeValue = 1 << 16;

        /// <summary>
        /// Payloads count in a node's memory in whole multiples of this, in bytes. Smaller ones, which most jobs have, are covered by the
        /// silo's own reserve.
        /// </summary>
        public const long LargePayload = 1 << 20;

        /// <summary>The approximate number of bytes that a node keeps for a call besides its payload: the objects of the call.</summary>
        public const int Overhead = 512;

        /// <summary>
        /// The maximum size of a part of a large value, in bytes. Chosen, not measured: small enough to
        /// arrive before its caller takes it for lost.
        /// </summary>
        public const int MaxPartBytes = 1 << 18;

        /// <summary>
        /// How many functions a node knows the recent run times of: more than programs have, and few enough for the memory of a node whose
        /// callers make functions endlessly.
        /// </summary>
        public const int MaxKnownFunctions = 4_096;

        /// <summary>
        /// For how many pools a node knows the path by which their jobs came. Chosen, not measured: more than most clusters have pools, and
        /// an unknown path is known again with the next job of the pool.
        /// </summary>
        public const int MaxPaths = 4_096;

        /// <summary>How often a node that drains checks whether its jobs have ended. Chosen, not measured: a drain takes seconds.</summary>
        public static readonly TimeSpan DrainCheck = TimeSpan.FromMilliseconds(20);
    }

    /// <summary>The sessions of clients and nodes.</summary>
    internal static class Sessions
    {
        /// <summary>
        /// How many messages of a session with jobs are under way at the same time: while the node works on one, the next ones fill up.
        /// </summary>
        public const int MaxUnderWay = 3;

        /// <summary>
        /// The size of the jobs of one message, in bytes, from which on the rest waits for the next one. Chosen, not measured: like
        /// <see cref="Calls.MaxPartBytes"/>.
        /// </summary>
        public const int MaxMessageBytes = Calls.MaxPartBytes;

        /// <summary>The same for the outcomes of one reply.</summary>
        public const int MaxReplyBytes = Calls.MaxPartBytes;
    }

    /// <summary>The callers of a cluster.</summary>
    internal static class Callers
    {
        /// <summary>
        /// The maximum number of gateways that a request is sent through; one more is tried after each <see cref="NextGatewayAfter"/>
        /// without a reply. All of them may lead through the same unresponsive silo: with three gateways and two tries, one request in nine
        /// would, and its reply would come only after the node has given up the caller.
        /// </summary>
        public const int MaxGateways = 8;

        /// <summary>
        /// How long a request waits for its reply before another gateway is tried. Chosen, not measured: all tries
        /// together fit into the time that a caller may be silent.
        /// </summary>
        public static readonly TimeSpan NextGatewayAfter = TimeSpan.FromMilliseconds(300);

        /// <summary>After this many failures a request fails; its caller has a better way to continue than to repeat it.</summary>
        public const int EnoughFailures = 2;

        /// <summary>
        /// How long a request to a pool or to the catalog waits before it is repeated. Chosen, not measured: short
        /// for a caller, and few messages for a cluster that recovers.
        /// </summary>
        public static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

        /// <summary>
        /// How often a caller asks for a call that it has lost sight of. Chosen, not measured: short beside the 5 s after which a silent
        /// caller is given up.
        /// </summary>
        public static readonly TimeSpan FindInterval = TimeSpan.FromMilliseconds(100);

        /// <summary>
        /// Orleans sends each message to the next gateway in turn. If each job of a caller takes as many messages as there are gateways,
        /// for example one to start it and one to stop it, the messages of one kind would always go to the same silo. To break the pattern,
        /// on average one in this many messages about a running job, which are few, is preceded by a message that does nothing.
        /// </summary>
        public const int SkipOneIn = 3;

        /// <summary>
        /// How often a client reads the list of gateways; Orleans' default is a minute. About the time in which other silos notice that a
        /// silo is dead.
        /// </summary>
        public static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(2);

        /// <summary>
        /// The number of activations per silo that pass calls on concurrently. Chosen, not measured: few, because each silo calls each of
        /// them once when it starts.
        /// </summary>
        public const int WorkerKeys = 16;

        /// <summary>
        /// How many keys a client tries in all to find ways to its nodes that lead through no other silo. Chosen, not measured: each costs
        /// an activation on the silo to which it leads.
        /// </summary>
        public const int MaxGatewayKeys = 4 * WorkerKeys;
    }

    /// <summary>The protocol between nodes and pools.</summary>
    internal static class Pools
    {
        /// <summary>
        /// The maximum number of ended leases that an embedded handler leaves to the next turn. Chosen, not measured: such a turn stays
        /// short, and few ended jobs stay in memory; docs/decisions/0011 has the gain.
        /// </summary>
        public const int MaxDeferredReleases = 64;

        /// <summary>
        /// How much is continued in one turn, and after it. Chosen, not measured: a thread that waits for its turn waits for about a
        /// millisecond if each of these ends a cancelled job.
        /// </summary>
        public const int MaxContinuations = 16;

        /// <summary>
        /// How many further turns a thread runs after its own if others have work to continue. What is left then is so much that the start
        /// of a thread for it, about 0.1 ms, does not matter. Chosen, not measured.
        /// </summary>
        public const int MaxFurtherTurns = 4;

        /// <summary>
        /// How many batches of one link are under way at the same time. More than one, so that a lost call does not hold up everything
        /// behind it until its timeout. At most two: calls within a silo are so short that more are seldom pending at the same time, and
        /// nothing would be batched (with four, 64 callers were admitted less than half as often).
        /// </summary>
        public const int MaxBatches = 2;

        /// <summary>
        /// The maximum number of items in one message. Chosen, not measured: a message stays small, and so does its part of a turn.
        /// </summary>
        public const int MaxBatch = 1_000;

        /// <summary>
        /// How many jobs of other children may overtake a child whose first job is too large for the free memory. Chosen, not measured:
        /// small jobs use memory that is free for a moment, and a large one waits for little more than those that ran before it.
        /// </summary>
        public const int MaxOvertakes = 8;

        /// <summary>
        /// For how many children of each pool on the way, in the order of their shares, one decision looks whether the first job fits. It
        /// also looks at those that were overtaken as often as allowed. Chosen, not measured: a decision stays short however many children
        /// have large jobs.
        /// </summary>
        public const int MaxHeadsChecked = 8;

        /// <summary>
        /// Among how many pools with a guarantee a reject looks for one that it names. Chosen, not measured: a full pool rejects many jobs,
        /// and one name is enough.
        /// </summary>
        public const int MaxOwnersChecked = 64;

        /// <summary>The maximum number of pools that an actor keeps a link to: names come from callers and may be any text.</summary>
        public const int MaxLinks = 16_384;

        /// <summary>
        /// From this length on, in requests, the queue of a selector is swept. Chosen, not measured: sweeping a shorter one frees nothing
        /// worth the work.
        /// </summary>
        public const int LeastToSweep = 64;

        /// <summary>
        /// How often a pool reconciles after the death of a node. Not all nodes know of the death at the same time; the regular
        /// reconciliation finds what is left.
        /// </summary>
        public const int ReconciliationsAfterDeath = 3;

        /// <summary>The time before each of these reconciliations: calls to the dead node have failed by then.</summary>
        public static readonly TimeSpan ReconcileAfterDeath = TimeSpan.FromSeconds(1);

        /// <summary>
        /// How many withdrawn requests a pool remembers: a withdrawal may overtake its request by as much as a message takes. Chosen, not
        /// measured: more than are withdrawn in that time.
        /// </summary>
        public const int MaxWithdrawn = 4_096;

        /// <summary>
        /// How many kills a pool remembers, so that a repeated request kills nothing twice. Chosen, not measured: people and programs kill
        /// seldom, and a request is repeated within seconds.
        /// </summary>
        public const int MaxKillsOfPool = 256;

        /// <summary>The same for a node, which gets the kills of many pools. Chosen, not measured: four pools' worth.</summary>
        public const int MaxKillsOfNode = 1_024;
    }

    /// <summary>The silos of a cluster.</summary>
    internal static class Silos
    {
        /// <summary>How often a silo tells the others its load. Chosen, not measured: ten small messages per second and silo.</summary>
        public static readonly TimeSpan LoadInterval = TimeSpan.FromMilliseconds(100);

        /// <summary>
        /// A node that has reported nothing for this long is cut off or unresponsive, whatever the membership says. Jobs handed to it would
        /// be lost. Chosen, not measured: many times
        /// <see cref="LoadInterval"/>.
        /// </summary>
        public static readonly TimeSpan MaxLoadAge = TimeSpan.FromSeconds(2.5);

        /// <summary>
        /// How often a silo checks whether the membership table and storage have lost their data. Chosen, not measured: one small read each
        /// time.
        /// </summary>
        public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

        /// <summary>
        /// The interval of the checks of the membership while something is wrong. Short, because Orleans retries meanwhile with growing
        /// delays.
        /// </summary>
        public static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(1);

        /// <summary>
        /// How long one check of the membership writes at most. Silos that join, leave or declare others dead write between the checks.
        /// </summary>
        public static readonly TimeSpan RepairWrites = TimeSpan.FromSeconds(0.5);

        /// <summary>
        /// Smaller differences between the clocks of silos do no harm, and may be due to the time that reading and writing take. Chosen,
        /// not measured: far above both.
        /// </summary>
        public static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(30);

        /// <summary>
        /// How often a silo that leaves tries to move its pools to silos that stay. Chosen, not measured: a drain takes seconds, and silos
        /// report their load more often.
        /// </summary>
        public static readonly TimeSpan MoveInterval = TimeSpan.FromSeconds(1);

        /// <summary>
        /// How soon a silo's regular work is started again after it has failed. Chosen, not measured: each failure writes one log line.
        /// </summary>
        public static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(1);

        /// <summary>
        /// How often a silo checks whether the pools that leave it have settled. Chosen, not measured: they settle within milliseconds, and
        /// their callers wait.
        /// </summary>
        public static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(10);

        /// <summary>
        /// How often an activation of a pool that was replaced or removed checks whether it can be deactivated. Chosen, not measured:
        /// nothing waits for it.
        /// </summary>
        public static readonly TimeSpan LeaveInterval = TimeSpan.FromSeconds(1);

        /// <summary>
        /// The number of changes remembered per pool. A caller without a reply repeats its request for half a minute, and few others change
        /// the same pool meanwhile.
        /// </summary>
        public const int MaxChanges = 16;

        /// <summary>
        /// The workers of an unresponsive silo exit after this part of the time in which other silos declare it dead. The rest is for
        /// clocks and threads that are late. Chosen, not measured: seconds, with the usual settings.
        /// </summary>
        public const double SilencePart = 0.75;

        /// <summary>
        /// How often a silo probes another one, and how long it waits for the reply. With <see cref="MissedProbes"/> a dead silo was
        /// detected within 0.7 to 1.5 s (docs/operations.md).
        /// </summary>
        public static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

        /// <summary>How many probes without a reply make a silo dead: one may be lost.</summary>
        public const int MissedProbes = 2;

        /// <summary>
        /// How often a silo reads the membership table, in case it has missed a message. Chosen, not measured: one small read each time.
        /// </summary>
        public static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(5);

        /// <summary>
        /// How often a silo writes to the membership table that it is alive. Chosen, not measured: well below
        /// <see cref="ClockTolerance"/>, because clocks are compared by these times.
        /// </summary>
        public static readonly TimeSpan AliveInterval = TimeSpan.FromSeconds(10);

        /// <summary>
        /// How long a silo tries to leave the cluster cleanly after its jobs and pools have gone. Chosen, not measured:
        /// Orleans itself would retry for minutes.
        /// </summary>
        public static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);

        /// <summary>
        /// The process exits this much earlier than promised, because ending a process takes time too. Chosen, not measured: usually
        /// far more than that takes.
        /// </summary>
        public static readonly TimeSpan ExitMargin = TimeSpan.FromSeconds(1);
    }

    /// <summary>The log.</summary>
    internal static class Log
    {
        /// <summary>The maximum number of lines that wait for a slow logger. Further lines are dropped and counted.</summary>
        public const int MaxLines = 1000;

        /// <summary>How long a node that closes waits for the waiting lines, in ms.</summary>
        public const int ClosePatience = 1000;

        /// <summary>How long a repeated warning is not logged again. Chosen, not measured: an operator reads it at any time.</summary>
        public static readonly TimeSpan ThrottleInterval = TimeSpan.FromMinutes(1);

        /// <summary>The maximum length of the name with which a client has changed a pool, in characters; the rest is cut.</summary>
        public const int MaxOriginLength = 200;

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
