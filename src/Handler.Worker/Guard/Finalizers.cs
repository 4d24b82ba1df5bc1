using System.Reflection.Metadata;
using Handler.Functions;

namespace Handler.Guard;

/// <summary>
/// Runs the finalizers of what jobs have dropped, before the next job can be hit by one that throws or never ends. The framework's own harm nobody, so this is only done where an assembly of
/// the application has any.
/// </summary>
internal sealed unsafe class Finalizers
{
    /// <summary>The name of the thread that waits for finalizers, as the kernel shows it.</summary>
    public const string ThreadName = "Handler final";

    /// <summary>
    /// The name of the runtime's thread that runs finalizers, as the kernel shows it. The runtime starts it before anything else, but goes on when the system refuses it: then no finalizer
    /// ever runs, and a call of Environment.Exit never ends.
    /// </summary>
    public const string RuntimeThreadName = ".NET Finalizer";

    /// <summary>How long they may take together, in milliseconds.</summary>
    private const int Patience = 500;

    private readonly NewAssemblies newAssemblies = new();
    private readonly SemaphoreSlim asked = new(0);
    private readonly SemaphoreSlim done = new(0);
    private bool exist;
    private bool started;
    private int collections;

    /// <summary>Starts the thread that waits for them, while there is one to be had: a job may use up what the system allows.</summary>
    public Finalizers() => TryStart();

    /// <summary>Whether jobs have run since finalizers did, so that one may be due that is not of the running job.</summary>
    public bool AreDue { get; private set; }

    /// <summary>Whether one was waited for in vain.</summary>
    public bool AreStuck { get; private set; }

    /// <summary>A job has ended.</summary>
    public void JobEnded() => AreDue = true;

    /// <summary>Whether an assembly of the application has a finalizer.</summary>
    public bool Exist()
    {
        if (!exist && newAssemblies.Take())
            exist = Array.Exists(AppDomain.CurrentDomain.GetAssemblies(), HasFinalizer);
        return exist;
    }

    /// <summary>Collects what the last jobs have dropped and runs its finalizers.</summary>
    /// <returns><see langword="false"/> when they do not end. Where the system refuses the thread that waits for them nothing is run.</returns>
    public bool Run(bool all)
    {
        if (AreStuck)
            return false;
        if (!started && !TryStart())
            return true; // they stay due, and are run once the system has a thread for it

        // What was there when a collection happened has moved on from the youngest generation.
        GC.Collect(all || GC.CollectionCount(0) != collections ? GC.MaxGeneration : 0, GCCollectionMode.Forced, blocking: true);
        collections = GC.CollectionCount(0);
        asked.Release();
        AreStuck = !done.Wait(Patience);
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
        if (assembly.IsDynamic || FrameworkAssemblies.IsFramework(assembly) || FrameworkAssemblies.IsHandler(assembly.GetName().Name ?? "") || !assembly.TryGetRawMetadata(out var blob, out var length))
            return false;
        if (new ReadOnlySpan<byte>(blob, length).IndexOf("Finalize\0"u8) < 0)
            return false; // the name is nowhere in it, nor the end of another
        var metadata = new MetadataReader(blob, length);
        foreach (var method in metadata.MethodDefinitions)
        {
            if (metadata.StringComparer.Equals(metadata.GetMethodDefinition(method).Name, "Finalize"))
                return true;
        }

        return false;
    }
}
