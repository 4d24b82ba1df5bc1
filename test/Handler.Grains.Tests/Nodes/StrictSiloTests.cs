using Handler.BadJobs;
using Handler.Tests;

namespace Handler.Grains.Tests;

/// <summary>Hostile jobs in a strict profile of two silos: the outcome names what stopped each, and other jobs are not affected.</summary>
public sealed class StrictSiloTests
{
    private static readonly JobOptions Limits = new()
    {
        Timeout = TimeSpan.FromSeconds(30),
        MaxHeapBytes = 32 << 20,
        MaxResidentBytes = 128 << 20,
        PoolTimeout = TimeSpan.FromMinutes(1),
    };

    [LandlockFact]
    public async Task The_outcome_of_a_hostile_job_names_what_stopped_it()
    {
        await using var silos = await TwoSilos.StartAsync(static options =>
        {
            (options.MaxWorkers, options.MinWorkers) = (2, 1);
            options.AddStrictProfile("strict", static profile => profile.Hardening.MaxFileBytes = 8 << 20)
                .AddPool("hostile", static pool => pool.Profile = "strict")
                .AddPool("other");
        });
        await using var client = HandlerClient.Create(silos.Client);
        await AssertStopped(client, static () => MemoryHogs.SmallArrays(), JobOutcomeKind.OutOfMemory, "(MaxHeapBytes)");
        await AssertStopped(client, static () => NativeMemoryHogs.LargeBlocks(), JobOutcomeKind.OutOfMemory, "(MaxResidentBytes)");
        await AssertStopped(client, static () => Children.HangWithChildren(50), JobOutcomeKind.Failed, "DenyProcesses");
        await AssertStopped(client, static () => CpuHogs.TightLoop(), JobOutcomeKind.TimedOut, "Took more than 300ms");
        await AssertStopped(client, static () => Exits.Exit(3), JobOutcomeKind.Exited, "code 3");
        await AssertStopped(client, static () => FillDisk(), JobOutcomeKind.Exited, "Hardening.MaxFileBytes");
        var host = Environment.ProcessId; // both silos are in this process
        await AssertStopped(client, () => File.ReadAllText($"/proc/{host}/environ"), JobOutcomeKind.Failed, "IsolateProcesses");
    }

    private static void FillDisk() => File.WriteAllBytes(Path.Combine(Path.GetTempPath(), "large"), new byte[9 << 20]);

    private static async Task AssertStopped(IHandler client, Action job, JobOutcomeKind kind, string text)
    {
        var limits = kind == JobOutcomeKind.TimedOut ? Limits with { Timeout = TimeSpan.FromMilliseconds(300) } : Limits;
        var outcome = await Wait.For(client.GetPool("hostile").RunAsync(job, limits), text);
        Assert.Equal(kind, outcome.Kind);
        Assert.Contains(text, outcome.Failure!.Message);
        foreach (var pool in (string[])["hostile", "other"])
        {
            var next = await Wait.For(client.GetPool(pool).RunAsync(static () => 1 + 1, Limits), "a plain job");
            Assert.Equal(2, next.GetValueOrThrow());
        }
    }
}
