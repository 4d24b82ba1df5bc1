using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Hosts that are refused threads and processes.</summary>
public sealed class RefusedThreadsTests
{
    [SurroundingsFact(needsProcessLimit: true)]
    public async Task A_job_that_uses_up_the_process_limit_does_not_harm_the_host()
        => AssertHogged(await SpecialHost.RunAsync<ProcessHog>(new Surroundings { MaxProcesses = 120 }));

    [SurroundingsFact(needsProcessLimit: true)]
    public async Task A_job_whose_processes_multiply_does_not_harm_the_host()
        => AssertHogged(await SpecialHost.RunAsync<ProcessHog>(new Surroundings { MaxProcesses = 120 }, "fork"));

    [SurroundingsFact(needsProcessLimit: true)]
    public async Task Jobs_end_in_their_time_while_the_system_refuses_threads_and_afterwards()
        => Assert.Equal(
            ["1", "2", "3", "Took more than 200ms to complete", "Exited`1", "4", "5"],
            await SpecialHost.RunAsync<ThreadsRefused>(new Surroundings { MaxProcesses = 1000 }, SpecialHost.OwnGroup));

    [SurroundingsFact(needsProcessLimit: true)]
    public async Task A_thread_that_a_job_is_refused_is_not_out_of_memory()
    {
        const string Thrown = "System.OutOfMemoryException: Exception of type 'System.OutOfMemoryException' was thrown.";
        var lines = await SpecialHost.RunAsync<RefusedThreadInJob>(new Surroundings { MaxProcesses = 1000 }, SpecialHost.OwnGroup);
        Assert.Equal(["1", Thrown, Thrown, "no thread", "OutOfMemory`1"], lines);
    }

    private static void AssertHogged(string[] lines)
    {
        Assert.Equal("1", lines[0]);
        Assert.Equal("TimedOut`1", lines[1]);
        Assert.Equal("2", lines[3]);
    }
}
