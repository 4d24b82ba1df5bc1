using System.Diagnostics;

namespace Handler.Tests;

/// <summary>Compares the usage of a job with what its test has seen itself, so that no figure depends on how busy the machine is.</summary>
internal static class UsageAssert
{
    /// <summary>
    /// Asserts that a job can have used this: it waited and ran one after the other, between the call and now, on the processors that
    /// there are.
    /// </summary>
    /// <param name="usage">The usage of the job.</param>
    /// <param name="calledAt">A timestamp from before the call.</param>
    public static void IsPossible(JobUsage? usage, long calledAt)
    {
        var took = Stopwatch.GetElapsedTime(calledAt);
        Assert.NotNull(usage);
        Assert.True(usage.RunTime >= TimeSpan.Zero && usage.QueueTime >= TimeSpan.Zero, $"{usage}");
        Assert.True(usage.QueueTime + usage.RunTime <= took, $"the call took {took}: {usage}");
        Assert.InRange(usage.CpuTime, TimeSpan.Zero, took * Environment.ProcessorCount);
    }
}
