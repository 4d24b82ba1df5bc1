using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Stop signals go to all processes of a service or a terminal at the same time. The parent decides what they mean for a worker; it may let
/// running jobs finish first. A worker therefore does nothing on SIGTERM, SIGINT, SIGHUP and SIGQUIT.
/// </summary>
/// <remarks>
/// The signals get a handler that does nothing. Ignoring them would be simpler, but an ignored signal stays ignored in every program that a
/// job starts, and these programs could not be stopped. A handler is not inherited, so such a program has the default behavior. The handler
/// is a function of the C library, because managed code must not run in a signal handler. If a job registers for one of these signals, it
/// receives it.
/// </remarks>
internal static unsafe class StopSignals
{
    /// <summary>
    /// The signals as a set. They are blocked in a new worker until <see cref="LeaveToParent"/>; otherwise an earlier signal would end the
    /// worker.
    /// </summary>
    public const ulong Set = (1UL << (SIGHUP - 1)) | (1UL << (SIGINT - 1)) | (1UL << (SIGQUIT - 1)) | (1UL << (SIGTERM - 1));

    private const int SignalSetSize = 128;
    private const int Ignore = 1;

    /// <summary>Called in the worker, on its main thread.</summary>
    public static void LeaveToParent()
    {
        void* nothing;
        fixed (byte* name = "abs\0"u8) // takes a number, like a handler, and has no side effects
            nothing = Find(null, name);
        if (nothing is null)
            nothing = (void*)Ignore;
        foreach (var signal in (ReadOnlySpan<int>)[SIGHUP, SIGINT, SIGQUIT, SIGTERM])
            _ = Signal(signal, nothing);
        var set = stackalloc byte[SignalSetSize];
        new Span<byte>(set, SignalSetSize).Clear();
        *(ulong*)set = Set;
        _ = SignalMask(SIG_UNBLOCK, set, null);
    }
}
