using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Requests to stop go to all processes of a service, or of a terminal, at once. What they mean for a worker is for its parent to say, which may let running jobs end first. So a worker does nothing on
/// SIGTERM, SIGINT, SIGHUP and SIGQUIT.
/// </summary>
/// <remarks>
/// They have a handler that does nothing. To ignore them would be simpler, but what is ignored stays ignored in every program that a job starts, and nothing could stop those. A handler is gone there, and the default is back.
/// It is a function of the C library, since managed code must not run in a signal handler. A job that registers for one of these signals itself gets it.
/// </remarks>
internal static unsafe class StopSignals
{
    /// <summary>As a set of signals: they are blocked in a new worker until <see cref="LeaveToParent"/>, or one that came earlier would end it.</summary>
    public const ulong Set = (1UL << (SIGHUP - 1)) | (1UL << (SIGINT - 1)) | (1UL << (SIGQUIT - 1)) | (1UL << (SIGTERM - 1));

    private const int SignalSetSize = 128;
    private const int Ignore = 1;

    /// <summary>In the worker, on its main thread.</summary>
    public static void LeaveToParent()
    {
        void* nothing;
        fixed (byte* name = "abs\0"u8) // takes a number, as a handler does, and touches nothing
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
