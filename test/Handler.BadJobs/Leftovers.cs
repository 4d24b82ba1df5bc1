using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Handler.BadJobs;

/// <summary>Functions that return 1 immediately and leave something behind in their process.</summary>
public static class Leftovers
{
    private static readonly List<object> Kept = [];

    /// <summary>The token of the last job that called <see cref="KeepToken"/>.</summary>
    public static CancellationToken KeptToken { get; private set; }

    /// <summary>Keeps a token.</summary>
    public static int KeepToken(CancellationToken token)
    {
        KeptToken = token;
        return 1;
    }

    /// <summary>Leaves a sleeping background thread.</summary>
    public static int SleepingThread() => Start(new Thread(CpuHogs.Sleep) { IsBackground = true });

    /// <summary>Leaves a sleeping foreground thread, which keeps the process from ending by itself.</summary>
    public static int ForegroundThread() => Start(new Thread(CpuHogs.Sleep));

    /// <summary>Leaves a spinning thread.</summary>
    public static int SpinningThread() => Start(new Thread(CpuHogs.TightLoop) { IsBackground = true });

    /// <summary>Leaves a thread that allocates memory and keeps it, until none is left.</summary>
    public static int AllocatingThread() => Start(new Thread(MemoryHogs.SmallArrays) { IsBackground = true });

    /// <summary>Leaves a thread that throws a little later, where nothing catches it.</summary>
    public static int ThrowingThread() => Start(new Thread(() =>
    {
        Thread.Sleep(5); // By then the function has returned.
        throw new InvalidOperationException("left behind");
    }));

    /// <summary>Leaves a timer that ticks every 10 ms.</summary>
    public static int TickingTimer()
    {
        Kept.Add(new Timer(_ => { }, null, 10, 10));
        return 1;
    }

    /// <summary>Leaves a task that spins on a thread-pool thread.</summary>
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

    /// <summary>Leaves a long-running task, which has its own thread.</summary>
    public static int LongRunningTask()
    {
        Task.Factory.StartNew(CpuHogs.Sleep, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return 1;
    }

    /// <summary>Leaves a thousand tasks that wait for a thread-pool thread.</summary>
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

    /// <summary>Leaves a listening socket and a connection to it.</summary>
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

    /// <summary>Leaves files open that have the same name as standard input.</summary>
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

    /// <summary>Leaves the finalizer thread stuck forever.</summary>
    public static int StuckFinalizer()
    {
        Abandon();
        GC.Collect();
        return 1;
    }

    /// <summary>Leaves an event handler that keeps the process from exiting in an orderly way.</summary>
    public static int StuckProcessExit()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => CpuHogs.Sleep();
        return 1;
    }

    /// <summary>Leaves the current directory, the culture and an environment variable changed.</summary>
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
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, 1); // The runtime refuses fewer.
        return 1;
    }

    /// <summary>Leaves a thread with a name like those of the runtime's own threads.</summary>
    public static int DisguisedThread(string name) => Start(new Thread(CpuHogs.Sleep) { IsBackground = true, Name = name });

    /// <summary>
    /// Waits until the runtime has ended its background compilation thread, which it does after the thread was idle for four seconds.
    /// </summary>
    /// <returns>The id of the process that ran it.</returns>
    public static int OutliveCompiler()
    {
        while (Directory
                .GetDirectories("/proc/self/task")
                .Any(static thread => File.ReadAllText(thread + "/comm").StartsWith(".NET Tiered", StringComparison.Ordinal)))
            Thread.Sleep(50);
        return Environment.ProcessId;
    }

    /// <summary>Leaves a callback that the thread pool runs when an event is set.</summary>
    public static int RegisteredWait()
    {
        Kept.Add(
            ThreadPool.RegisterWaitForSingleObject(
                new ManualResetEvent(false),
                (_, _) => { },
                null,
                Timeout.Infinite,
                executeOnlyOnce: true));
        return 1;
    }

    /// <summary>Leaves a handler of the process-wide event with this name.</summary>
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
                Kept.Add(
                    System.Runtime.InteropServices.PosixSignalRegistration.Create(
                        System.Runtime.InteropServices.PosixSignal.SIGTERM,
                        context => context.Cancel = true));
                break;
            case "EventListener":
                Kept.Add(new Listener());
                break;
            case "Activity.CurrentChanged":
                System.Diagnostics.Activity.CurrentChanged += static (_, _) => { };
                break;
            case "ActivityListener":
                System.Diagnostics.ActivitySource.AddActivityListener(
                    new System.Diagnostics.ActivityListener { ShouldListenTo = _ => true });
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

    /// <summary>Leaves a watcher of a directory. The kernel allows each user only a few watchers.</summary>
    public static int FileWatcher()
    {
        Kept.Add(new FileSystemWatcher("/tmp") { EnableRaisingEvents = true });
        return 1;
    }

    /// <summary>Leaves a type unusable without reporting it.</summary>
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

    /// <summary>Uses the type that <see cref="FailedInitializer"/> makes unusable.</summary>
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

    /// <summary>Drops the reference to a file that is still open. The file is freed only after this many more collections.</summary>
    /// <returns>The id of the process that ran it.</returns>
    public static int ForgottenFile(int collections)
    {
        new Holder(File.OpenRead("/dev/zero"), collections).Drop();
        return Environment.ProcessId;
    }

    /// <summary>Starts a process and waits for it.</summary>
    /// <returns>The id of the process that ran it.</returns>
    public static int WaitForChild()
    {
        System.Diagnostics.Process.Start("true").WaitForExit();
        return Environment.ProcessId;
    }

    /// <summary>Collects garbage and runs the finalizers that are due.</summary>
    public static int Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.ProcessId;
    }

    /// <summary>Makes a change, selected by name, that only native code can make.</summary>
    public static int Native(string what) => NativeChanges.Make(what);

    public static int ChangeNativeSettings() => NativeChanges.ChangeSettings();

    public static string[] NativeSettings() => NativeChanges.ReadSettings();

    /// <summary>Sets the variable for the locale, if one is given, and returns the encoding in which the console writes.</summary>
    public static string ConsoleEncoding(string? locale)
    {
        if (locale is not null)
            Environment.SetEnvironmentVariable("LC_ALL", locale);
        return Console.OutputEncoding.WebName;
    }

    /// <summary>Replaces a GC limit that the worker has set, by the name of the setting.</summary>
    /// <returns>The id of the process that ran it.</returns>
    public static int CollectorLimit(string setting, long value)
    {
        AppContext.SetData(setting, (ulong)value);
        GC.RefreshMemoryLimit();
        return Environment.ProcessId;
    }

    /// <summary>Asks the GC to limit a part of its heap. The GC refuses this limit, and every other one from then on.</summary>
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

    /// <summary>The GC's limit, and the id of the process that it applies to.</summary>
    public static (long Limit, int Process) CollectorLimit()
        => (GC.GetGCMemoryInfo(GCKind.Any).TotalAvailableMemoryBytes, Environment.ProcessId);

    /// <summary>Changes the line ending of the console's writers.</summary>
    /// <returns>The id of the process that ran it.</returns>
    public static int OtherLineEnds()
    {
        Console.Out.NewLine = Console.Error.NewLine = "<end>";
        return Environment.ProcessId;
    }

    /// <summary>Raises the nice value of its process's session above that of the others.</summary>
    public static int SessionNiceness()
    {
        // The kernel allows one change per 100 ms to all unprivileged processes together.
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

    /// <summary>Makes the runtime cache the local time zone while the variable TZ is changed, then restores the variable.</summary>
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

    /// <summary>Keeps an object alive until this holder was finalized a few times.</summary>
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
