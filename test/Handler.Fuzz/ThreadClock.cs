using Handler.Platform;

namespace Handler.Fuzz;

/// <summary>The CPU time of this thread. Wall-clock time would not do: on a busy machine, others use most of each second.</summary>
public static unsafe class ThreadClock
{
    public static long Milliseconds
    {
        get
        {
            LibC.TimeSpec time;
            return LibC.ClockGetTime(LibC.CLOCK_THREAD_CPUTIME_ID, &time) == 0
                ? (time.Seconds * 1_000) + (time.Nanoseconds / 1_000_000)
                : throw new PlatformNotSupportedException("The system does not tell the CPU time of a thread.");
        }
    }
}
