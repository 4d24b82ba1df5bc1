using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Handler.BadJobs;

/// <summary>Functions that return 1 at once and leave something behind in their process.</summary>
public static class Leftovers
{
    private static readonly List<object> Kept = [];

    /// <summary>The token of the last job that has kept its own.</summary>
    public static CancellationToken KeptToken { get; private set; }

    /// <summary>Keeps a token.</summary>
    public static int KeepToken(CancellationToken token)
    {
        KeptToken = token;
        return 1;
    }

    /// <summary>Leaves a sleeping background thread.</summary>
    public static int SleepingThread() => Start(new Thread(CpuHogs.Sleep) { IsBackground = true });

    /// <summary>Leaves a sleeping foreground thread, which keeps a process from ending by itself.</summary>
    public static int ForegroundThread() => Start(new Thread(CpuHogs.Sleep));

    /// <summary>Leaves a spinning thread.</summary>
    public static int SpinningThread() => Start(new Thread(CpuHogs.TightLoop) { IsBackground = true });

    /// <summary>Leaves a thread that allocates, and keeps, until memory is out.</summary>
    public static int AllocatingThread() => Start(new Thread(MemoryHogs.SmallArrays) { IsBackground = true });

    /// <summary>Leaves a thread that throws a little later, where nobody catches it.</summary>
    public static int ThrowingThread() => Start(new Thread(() =>
    {
        Thread.Sleep(5); // So that the function has returned by then.
        throw new InvalidOperationException("left behind");
    }));

    /// <summary>Leaves a timer that ticks every 10 ms.</summary>
    public static int TickingTimer()
    {
        Kept.Add(new Timer(_ => { }, null, 10, 10));
        return 1;
    }

    /// <summary>Leaves a task that spins on a thread of the pool.</summary>
    public static int SpinningTask()
    {
        Task.Run(CpuHogs.TightLoop);
        return 1;
    }

    /// <summary>Leaves a task that awaits a short delay again and again.</summary>
    public static int DelayLoop()
    {
        Task.Run(async () =>
        {
            while (true)
                await Task.Delay(20);
        });
        return 1;
    }

    /// <summary>Leaves a long-running task, which has a thread of its own.</summary>
    public static int LongRunningTask()
    {
        Task.Factory.StartNew(CpuHogs.Sleep, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return 1;
    }

    /// <summary>Leaves a thousand tasks waiting for a thread of the pool.</summary>
    public static int QueuedTasks()
    {
        for (var i = 0; i < 1000; i++)
            Task.Run(() => Thread.Sleep(1000));
        return 1;
    }

    /// <summary>Leaves this many mebibytes in a static list.</summary>
    public static int StaticMemory(int mebibytes)
    {
        for (var i = 0; i < mebibytes; i++)
            Kept.Add(new byte[1 << 20]);
        return 1;
    }

    /// <summary>Leaves a socket that listens, and a connection to it.</summary>
    public static int ListeningSocket()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Kept.Add(listener);
        Kept.Add(new TcpClient("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port));
        return 1;
    }

    /// <summary>Leaves this many files open.</summary>
    public static int OpenFiles(int files)
    {
        for (var i = 0; i < files; i++)
            Kept.Add(File.OpenRead("/dev/null"));
        return 1;
    }

    /// <summary>Leaves files open that have the name of standard input.</summary>
    public static int OpenNullFiles()
    {
        for (var i = 0; i < 300; i++)
            Kept.Add(new FileStream("/dev/null", FileMode.Open, FileAccess.Write));
        return 1;
    }

    /// <summary>Leaves a file open.</summary>
    public static int OpenFile()
    {
        Kept.Add(File.OpenRead("/dev/zero"));
        return 1;
    }

    /// <summary>Leaves the thread that runs finalizers stuck for good.</summary>
    public static int StuckFinalizer()
    {
        Abandon();
        GC.Collect();
        return 1;
    }

    /// <summary>Leaves an event handler that keeps the process from ending in good order.</summary>
    public static int StuckProcessExit()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => CpuHogs.Sleep();
        return 1;
    }

    /// <summary>Leaves another current directory, culture and environment variable than it found.</summary>
    public static int ChangedSurroundings()
    {
        Environment.CurrentDirectory = "/";
        CultureInfo.DefaultThreadCurrentCulture = new CultureInfo("de-DE");
        Environment.SetEnvironmentVariable("LEFT_BEHIND", "1");
        return 1;
    }

    /// <summary>Leaves the console's writers closed.</summary>
    public static int ClosedConsole()
    {
        Console.Out.Dispose();
        Console.Error.Dispose();
        return 1;
    }

    /// <summary>Leaves the thread pool with as few threads as it can have.</summary>
    public static int ShrunkThreadPool()
    {
        ThreadPool.SetMinThreads(1, 1);
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, 1); // Fewer are refused.
        return 1;
    }

    /// <summary>Leaves a thread with a name as the runtime gives to its own.</summary>
    public static int DisguisedThread(string name) => Start(new Thread(CpuHogs.Sleep) { IsBackground = true, Name = name });

    /// <summary>Waits until the runtime has ended the thread that compiles in the background, as it does when that has been idle for four seconds.</summary>
    /// <returns>The process that ran it.</returns>
    public static int OutliveCompiler()
    {
        while (Directory.GetDirectories("/proc/self/task").Any(static thread => File.ReadAllText(thread + "/comm").StartsWith(".NET Tiered", StringComparison.Ordinal)))
            Thread.Sleep(50);
        return Environment.ProcessId;
    }

    /// <summary>Leaves a callback that the thread pool runs when an event is set.</summary>
    public static int RegisteredWait()
    {
        Kept.Add(ThreadPool.RegisterWaitForSingleObject(new ManualResetEvent(false), (_, _) => { }, null, Timeout.Infinite, executeOnlyOnce: true));
        return 1;
    }

    /// <summary>Leaves a handler of each process-wide event by the event's name.</summary>
    public static int Handler(string of)
    {
        switch (of)
        {
            case "ProcessExit":
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Thread.Sleep(Timeout.Infinite);
                break;
            case "UnhandledException":
                AppDomain.CurrentDomain.UnhandledException += (_, _) => Environment.Exit(0);
                break;
            case "FirstChanceException":
                AppDomain.CurrentDomain.FirstChanceException += (_, _) => Kept.Clear();
                break;
            case "AssemblyResolve":
                AppDomain.CurrentDomain.AssemblyResolve += (_, _) => typeof(Leftovers).Assembly;
                break;
            case "AssemblyLoad":
                AppDomain.CurrentDomain.AssemblyLoad += (_, _) => Kept.Clear();
                break;
            case "Resolving":
                System.Runtime.Loader.AssemblyLoadContext.Default.Resolving += (_, _) => typeof(Leftovers).Assembly;
                break;
            case "UnobservedTaskException":
                TaskScheduler.UnobservedTaskException += (_, e) => e.SetObserved();
                break;
            case "CancelKeyPress":
                Console.CancelKeyPress += (_, e) => e.Cancel = true;
                break;
            case "PosixSignal":
                Kept.Add(System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context => context.Cancel = true));
                break;
            case "EventListener":
                Kept.Add(new Listener());
                break;
            case "Activity.CurrentChanged":
                System.Diagnostics.Activity.CurrentChanged += static (_, _) => { };
                break;
            case "ActivityListener":
                System.Diagnostics.ActivitySource.AddActivityListener(new System.Diagnostics.ActivityListener { ShouldListenTo = _ => true });
                break;
            case "MeterListener":
                var meters = new System.Diagnostics.Metrics.MeterListener();
                meters.Start();
                Kept.Add(meters);
                break;
            case "Unloading":
                new System.Runtime.Loader.AssemblyLoadContext("left").Unloading += static _ => Thread.Sleep(Timeout.Infinite);
                break;
            case "Unloading of a collectible context":
                var context = new System.Runtime.Loader.AssemblyLoadContext("left", isCollectible: true);
                context.Unloading += static _ => Thread.Sleep(Timeout.Infinite);
                Kept.Add(context);
                break;
            case "EventSource":
                Kept.Add(new StuckSource());
                break;
            case "DiagnosticListener":
                Diagnostics.Subscribe(new Spy());
                break;
            case "DiagnosticListener with a filter":
                Diagnostics.Subscribe(new Spy(), static _ => true);
                break;
            case "AppContext switch":
                AppContext.SetSwitch("Left.Behind", true);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(of), of, "There is no such event.");
        }

        return 1;
    }

    /// <summary>Leaves a watcher of a directory, which is one of the few that the kernel gives to a user.</summary>
    public static int FileWatcher()
    {
        Kept.Add(new FileSystemWatcher("/tmp") { EnableRaisingEvents = true });
        return 1;
    }

    /// <summary>Leaves a type unusable, and does not tell.</summary>
    public static int FailedInitializer()
    {
        try
        {
            return FailsOnce.Value;
        }
        catch (TypeInitializationException)
        {
            return 1;
        }
    }

    /// <summary>What the type that <see cref="FailedInitializer"/> makes unusable is for.</summary>
    public static int UseTypeThatFailsOnce()
    {
        FailsGate.MayFail = false;
        return FailsOnce.Value;
    }

    /// <summary>Drops an object whose finalizer throws.</summary>
    public static int ThrowingFinalizer()
    {
        Drop();
        return 1;
    }

    /// <summary>Drops an object whose finalizer never ends.</summary>
    public static int EndlessFinalizer()
    {
        Abandon();
        return 1;
    }

    /// <summary>Drops a file that is still open, and that is free only after this many more collections.</summary>
    /// <returns>The process that ran it.</returns>
    public static int ForgottenFile(int collections)
    {
        new Holder(File.OpenRead("/dev/zero"), collections).Drop();
        return Environment.ProcessId;
    }

    /// <summary>Starts a process and waits for it.</summary>
    /// <returns>The process that ran it.</returns>
    public static int WaitForChild()
    {
        System.Diagnostics.Process.Start("true").WaitForExit();
        return Environment.ProcessId;
    }

    /// <summary>Collects garbage and runs what finalizers are due.</summary>
    public static int Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.ProcessId;
    }

    /// <summary>Changes something that only native code can, by name.</summary>
    public static int Native(string what) => NativeChanges.Make(what);

    public static int ChangeNativeSettings() => NativeChanges.ChangeSettings();

    public static string[] NativeSettings() => NativeChanges.ReadSettings();

    /// <summary>Sets the variable for the locale, where there is one, and tells in which encoding the console writes.</summary>
    public static string ConsoleEncoding(string? locale)
    {
        if (locale is not null)
            Environment.SetEnvironmentVariable("LC_ALL", locale);
        return Console.OutputEncoding.WebName;
    }

    /// <summary>Sets another limit of the collector than the worker has set, by the name of the setting.</summary>
    /// <returns>The process that ran it.</returns>
    public static int CollectorLimit(string setting, long value)
    {
        AppContext.SetData(setting, (ulong)value);
        GC.RefreshMemoryLimit();
        return Environment.ProcessId;
    }

    /// <summary>Asks the collector for a limit of a part of its heap, which it refuses, as it does any other from then on.</summary>
    public static int LimitOfPart()
    {
        try
        {
            _ = CollectorLimit("GCHeapHardLimitSOH", 100 << 20);
            return 0;
        }
        catch (InvalidOperationException)
        {
            AppContext.SetData("GCHeapHardLimitSOH", null);
            return 1;
        }
    }

    /// <summary>The limit of the collector and the process that it holds for.</summary>
    public static (long Limit, int Process) CollectorLimit() => (GC.GetGCMemoryInfo(GCKind.Any).TotalAvailableMemoryBytes, Environment.ProcessId);

    /// <summary>Has the console end lines otherwise.</summary>
    /// <returns>The process that ran it.</returns>
    public static int OtherLineEnds()
    {
        Console.Out.NewLine = Console.Error.NewLine = "<end>";
        return Environment.ProcessId;
    }

    /// <summary>Makes the session of its process nicer than the others.</summary>
    public static int SessionNiceness()
    {
        // The kernel allows one change in 100 ms to all who have no privileges.
        while (true)
        {
            try
            {
                File.WriteAllText("/proc/self/autogroup", "19");
                return 1;
            }
            catch (IOException)
            {
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>Has the local time zone cached under a variable that it then puts back itself.</summary>
    public static int TimeZoneInBetween(string zone)
    {
        var before = Environment.GetEnvironmentVariable("TZ");
        Environment.SetEnvironmentVariable("TZ", zone);
        TimeZoneInfo.ClearCachedData();
        var hours = TimeZoneInfo.Local.BaseUtcOffset.Hours;
        Environment.SetEnvironmentVariable("TZ", before);
        return hours;
    }

    private static int Start(Thread thread)
    {
        thread.Start();
        return 1;
    }

    /// <summary>Keeps something until it was collected a few times.</summary>
    private sealed class Holder(object kept, int collections)
    {
        private static object? last;
        private int left = collections;

        ~Holder()
        {
            if (--left <= 0)
                last = null;
            else
                GC.ReRegisterForFinalize(this);
        }

        public void Drop() => last = kept;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop() => _ = new Thrower();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon() => _ = new Sleeper();

    private sealed class Sleeper
    {
        ~Sleeper() => CpuHogs.Sleep();
    }

    private sealed class Thrower
    {
        ~Thrower() => throw new InvalidOperationException("left behind for the finalizer");
    }

    private static readonly System.Diagnostics.DiagnosticListener Diagnostics = new("Handler.BadJobs");

    private sealed class Spy : IObserver<KeyValuePair<string, object?>>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(KeyValuePair<string, object?> value) => Kept.Add(value);
    }

    private sealed class StuckSource : System.Diagnostics.Tracing.EventSource
    {
        protected override void Dispose(bool disposing) => Thread.Sleep(Timeout.Infinite);
    }

    private sealed class Listener : System.Diagnostics.Tracing.EventListener;

    private static class FailsGate
    {
        public static bool MayFail = true;
    }

    private static class FailsOnce
    {
        public static readonly int Value = FailsGate.MayFail ? throw new InvalidOperationException("not yet") : 42;
    }
}
