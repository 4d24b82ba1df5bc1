using Handler.Platform;

namespace Handler.Fuzz;

/// <summary>The processor time of this thread: on a busy machine others take most of a second that passes.</summary>
internal static unsafe class ThreadClock
{
    public static long Milliseconds
    {
        get
        {
            LibC.TimeSpec time;
            return LibC.ClockGetTime(LibC.CLOCK_THREAD_CPUTIME_ID, &time) == 0
                ? (time.Seconds * 1_000) + (time.Nanoseconds / 1_000_000)
                : throw new PlatformNotSupportedException("The system does not tell the processor time of a thread.");
        }
    }
}
