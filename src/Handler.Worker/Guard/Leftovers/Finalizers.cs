using System.Reflection.Metadata;
using System.Runtime.CompilerServices;
using Handler.Functions;
using Handler.Platform;
using static Handler.WorkerTuning.Between;

namespace Handler.Guard;

/// <summary>
/// Runs the finalizers of objects that jobs dropped, before one that throws or never ends can hit the next job. The framework's finalizers
/// are harmless, so this is done only if an assembly of the application has finalizers.
/// </summary>
internal sealed unsafe class Finalizers
{
    /// <summary>The name of the thread that waits for finalizers, as the kernel shows it.</summary>
    public const string ThreadName = "Handler final";

    /// <summary>
    /// The kernel's name for the runtime's finalizer thread. The runtime starts this thread first, but continues if the system refuses it.
    /// Then no finalizer ever runs, and Environment.Exit never returns.
    /// </summary>
    public const string RuntimeThreadName = ".NET Finalizer";

    private readonly NewAssemblies newAssemblies = new();
    private readonly SemaphoreSlim asked = new(0);
    private readonly SemaphoreSlim done = new(0);
    private bool exist;
    private bool started;
    private int collections;

    /// <summary>Starts the thread that waits for finalizers now, because a job may use up the threads that the system allows.</summary>
    public Finalizers() => TryStart();

    /// <summary>
    /// Whether threads of this process lack names where files are restricted: the runtime names a thread from another one, which takes a
    /// write to <c>/proc</c>.
    /// </summary>
    public static bool NamesAreMissing { get; private set; }

    /// <summary>Gives the runtime's finalizer thread its name. A thread may always name itself, so a finalizer does it.</summary>
    /// <returns>Whether there is such a thread.</returns>
    public static bool TryNameThread()
    {
        NamesAreMissing = true;
        MakeGarbage();
        GC.Collect();
        for (var i = 0; i < NamePolls; i++)
        {
            if (ProcEntries.HasThread(RuntimeThreadName) != false)
                return true;
            Thread.Sleep(1);
        }

        return false;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void MakeGarbage() => _ = new NamesItsThread();
    }

    /// <summary>Whether jobs have run since finalizers last ran, so that a pending finalizer may belong to an earlier job.</summary>
    public bool AreDue { get; private set; }

    /// <summary>Whether a finalizer did not end in time.</summary>
    public bool AreStuck { get; private set; }

    /// <summary>Records that a job has ended.</summary>
    public void JobEnded() => AreDue = true;

    /// <summary>Whether an assembly of the application has a finalizer.</summary>
    public bool Exist()
    {
        if (!exist && newAssemblies.Take())
            exist = Array.Exists(AppDomain.CurrentDomain.GetAssemblies(), HasFinalizer);
        return exist;
    }

    /// <summary>Collects the objects that the last jobs dropped and runs their finalizers.</summary>
    /// <returns><see langword="false"/> if the finalizers do not end. If the system refuses the thread that waits for them, none is
    /// run.</returns>
    public bool Run(bool all)
    {
        if (AreStuck)
            return false;
        if (!started && !TryStart())
            return true; // they stay due and run once the system grants the thread

        // Objects that survived a collection have left the youngest generation.
        GC.Collect(all || GC.CollectionCount(0) != collections ? GC.MaxGeneration : 0, GCCollectionMode.Forced, blocking: true);
        collections = GC.CollectionCount(0);
        asked.Release();
        AreStuck = !done.Wait(FinalizerPatience);
        AreDue = AreStuck;
        return !AreStuck;
    }

    private bool TryStart()
    {
        try
        {
            new Thread(WaitForThem, 128 << 10) { IsBackground = true, Name = ThreadName }.UnsafeStart();
            return started = true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
    }

    private void WaitForThem()
    {
        while (true)
        {
            asked.Wait();
            GC.WaitForPendingFinalizers();
            done.Release();
        }
    }

    private static bool HasFinalizer(System.Reflection.Assembly assembly)
    {
        if (assembly.IsDynamic
            || FrameworkAssemblies.IsFramework(assembly)
            || FrameworkAssemblies.IsHandler(assembly.GetName().Name ?? "")
            || !assembly.TryGetRawMetadata(out var blob, out var length))
            return false;
        if (new ReadOnlySpan<byte>(blob, length).IndexOf("Finalize\0"u8) < 0)
            return false; // the metadata does not contain the name, not even as the end of a longer one
        var metadata = new MetadataReader(blob, length);
        foreach (var method in metadata.MethodDefinitions)
        {
            if (metadata.StringComparer.Equals(metadata.GetMethodDefinition(method).Name, "Finalize"))
                return true;
        }

        return false;
    }

    private sealed class NamesItsThread
    {
        ~NamesItsThread()
        {
            fixed (byte* name = ".NET Finalizer\0"u8)
                _ = LibC.PrCtl(LibC.PR_SET_NAME, (nuint)name, 0, 0, 0);
        }
    }
}
