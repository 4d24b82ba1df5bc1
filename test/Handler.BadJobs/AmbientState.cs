using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Runtime;
using System.Runtime.Loader;
using System.Security.Principal;
using System.Text;

namespace Handler.BadJobs;

/// <summary>The ambient state of a function: its thread's state, its execution context and the settings of the process.</summary>
public static class AmbientState
{
    private const string Name = "LEFT_BEHIND";

    private static readonly AsyncLocal<string?> Tenant = new();

    /// <summary>Changes all of it and returns its process id.</summary>
    public static int Change()
    {
        Tenant.Value = "alice";
        new Activity("left").Start();
        Thread.CurrentPrincipal = new GenericPrincipal(new GenericIdentity("alice"), []);
        var own = (CultureInfo)CultureInfo.InvariantCulture.Clone(); // other cultures may not be installed
        own.NumberFormat.NumberDecimalSeparator = "|";
        CultureInfo.CurrentCulture =
            CultureInfo.CurrentUICulture =
            CultureInfo.DefaultThreadCurrentCulture =
            CultureInfo.DefaultThreadCurrentUICulture =
                own;
        SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
        AssemblyLoadContext.EnterContextualReflection(typeof(AmbientState).Assembly);
        ExecutionContext.SuppressFlow();
        Thread.CurrentThread.Name = "alice";
        Thread.CurrentThread.Priority = ThreadPriority.Lowest;
        Thread.CurrentThread.IsBackground = !Thread.CurrentThread.IsBackground;
        ThreadPool.SetMinThreads(1, 1);
        ThreadPool.SetMaxThreads(Environment.ProcessorCount, 1); // The runtime refuses fewer.
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        Environment.CurrentDirectory = "/";
        Environment.SetEnvironmentVariable(Name, "alice");
        Environment.SetEnvironmentVariable("PATH", null);
        Environment.ExitCode = 77;
        AppContext.SetData(Name, "alice");
        AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", "/");
        Console.OutputEncoding = Encoding.Latin1;
        Console.SetOut(TextWriter.Null);
        Console.SetError(TextWriter.Null);
        Console.SetIn(new StringReader("alice"));
        EventSource.SetCurrentThreadActivityId(Guid.NewGuid());
        AppDomain.CurrentDomain.SetPrincipalPolicy(PrincipalPolicy.UnauthenticatedPrincipal);
        Environment.SetEnvironmentVariable("TZ", "Asia/Tokyo");
        TimeZoneInfo.ClearCachedData();
        if (TimeZoneInfo.Local.BaseUtcOffset != TimeSpan.FromHours(9))
            throw new InvalidOperationException("This machine does not know the time zone of Tokyo.");
        Thread.CurrentThread.Interrupt();
        return Environment.ProcessId;
    }

    /// <summary>Returns all of it, followed by the process id.</summary>
    public static string[] Read()
    {
        ThreadPool.GetMinThreads(out var leastWorkers, out var leastPorts);
        ThreadPool.GetMaxThreads(out var mostWorkers, out var mostPorts);
        string[] state =
        [
            $"async local: {Tenant.Value}",
            $"activity: {Activity.Current?.OperationName}",
            $"principal: {Thread.CurrentPrincipal} {Thread.CurrentPrincipal?.Identity?.Name}",
            $"culture: {1.5} {1.5.ToString(CultureInfo.CurrentUICulture)}",
            $"default culture: {CultureInfo.DefaultThreadCurrentCulture?.NumberFormat.NumberDecimalSeparator} "
                + CultureInfo.DefaultThreadCurrentUICulture?.NumberFormat.NumberDecimalSeparator,
            $"synchronization context: {SynchronizationContext.Current}",
            $"contextual reflection: {AssemblyLoadContext.CurrentContextualReflectionContext}",
            $"flow is suppressed: {ExecutionContext.IsFlowSuppressed()}",
            $"thread: {Thread.CurrentThread.Name} {Thread.CurrentThread.Priority} {Thread.CurrentThread.IsBackground}",
            $"pool: {leastWorkers} {leastPorts} {mostWorkers} {mostPorts}",
            $"collector: {GCSettings.LatencyMode} {GCSettings.LargeObjectHeapCompactionMode}",
            $"directory: {Environment.CurrentDirectory}",
            $"variables: {Environment.GetEnvironmentVariable(Name)} {Environment.GetEnvironmentVariable("PATH")}",
            $"exit code: {Environment.ExitCode}",
            $"data: {AppContext.GetData(Name)} {AppContext.BaseDirectory} {AppContext.GetData("APP_CONTEXT_BASE_DIRECTORY")}",
            $"console: {Console.OutputEncoding.WebName} {Console.In.ReadToEnd()}",
            $"activity id: {EventSource.CurrentThreadActivityId}",
            $"time zone: {TimeZoneInfo.Local.Id} {new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc).ToLocalTime().Hour}",
            $"interrupted: {IsInterrupted()}",
        ];
        Console.WriteLine("out");
        Console.Error.WriteLine("error");
        return [.. state, $"{Environment.ProcessId}"];
    }

    private static bool IsInterrupted()
    {
        try
        {
            Thread.Sleep(1);
            return false;
        }
        catch (ThreadInterruptedException)
        {
            return true;
        }
    }
}
