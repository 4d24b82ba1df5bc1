using System.Diagnostics;

namespace Handler.TestSilo;

/// <summary>Functions, with their captured values, that the test silos know.</summary>
public static class TestJobs
{
    /// <summary>Sleeps, then returns a value.</summary>
    public static Func<int> Sleep(TimeSpan time, int value) => () =>
    {
        Thread.Sleep(time);
        return value;
    };

    /// <summary>Returns the time it ran, as a timestamp that is comparable between all processes of a machine.</summary>
    public static Func<long> Now() => () => Stopwatch.GetTimestamp();

    /// <summary>Waits for its cancellation, creates a file when it has seen it, and ends.</summary>
    public static Action<CancellationToken> WaitForCancellation(string started, string seen) => cancellationToken =>
    {
        File.WriteAllText(started, "");
        cancellationToken.WaitHandle.WaitOne();
        File.WriteAllText(seen, "");
    };

    /// <summary>Returns a large value.</summary>
    public static Func<byte[]> Bytes(int length) => () => BadJobs.Results.VariedBytes(length);

    /// <summary>Throws.</summary>
    public static Func<int> Throw(string message) => () => BadJobs.Exits.Throw(message);

    /// <summary>Ends its process.</summary>
    public static Action Exit(int code) => () => BadJobs.Exits.Exit(code);

    /// <summary>Spins for a while, and returns a value.</summary>
    public static Func<int> Spin(TimeSpan time, int value) => () =>
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
        }

        return value;
    };
}
