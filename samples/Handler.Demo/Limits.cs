namespace Handler.Demo;

/// <summary>The limits that the scenarios use.</summary>
internal static class Limits
{
    private const long Mebibyte = 1 << 20;

    /// <summary>Plenty of time and 10 MiB: for jobs that should not run into their timeout.</summary>
    public static JobLimits Usual { get; } = new() { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>A time limit that the job is meant to run into.</summary>
    public static JobLimits Timeout(double seconds, long mebibytes = 10)
        => Memory(mebibytes) with
        {
            Timeout = TimeSpan.FromSeconds(seconds),
        };

    /// <summary>Plenty of time, and this much memory.</summary>
    public static JobLimits Memory(long mebibytes) => Usual with { MaxHeapBytes = mebibytes * Mebibyte };
}
