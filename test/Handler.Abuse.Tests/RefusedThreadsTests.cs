using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Hosts to which the system refuses threads and processes.</summary>
public sealed class RefusedThreadsTests
{
    [SurroundingsFact(needsProcessLimit: true)]
    public async Task A_job_that_uses_up_the_process_limit_does_not_harm_the_host()
        => AssertHogged(await SpecialHost.RunAsync<ProcessHog>(Few(120)));

    [SurroundingsFact(needsProcessLimit: true)]
    public async Task A_job_whose_processes_start_more_processes_does_not_harm_the_host()
        => AssertHogged(await SpecialHost.RunAsync<ProcessHog>(Few(120), "fork"));

    [SurroundingsFact(needsProcessLimit: true)]
    public async Task Jobs_end_in_time_while_the_system_refuses_threads_and_afterwards()
        => Assert.Equal(
            ["1", "2", "3", "Took more than 200ms to complete", "Exited", "4", "5"],
            await SpecialHost.RunAsync<ThreadsRefused>(Few(1000), SpecialHost.OwnGroup));

    [SurroundingsFact(needsProcessLimit: true)]
    public async Task A_job_that_cannot_start_a_thread_is_not_reported_as_out_of_memory()
    {
        const string Thrown = "System.OutOfMemoryException: Exception of type 'System.OutOfMemoryException' was thrown.";
        var lines = await SpecialHost.RunAsync<RefusedThreadInJob>(Few(1000), SpecialHost.OwnGroup);
        Assert.Equal(["started", Thrown, Thrown, "caught", "the same worker", "OutOfMemory"], lines);
    }

    /// <summary>The runtime ends the process if the system refuses the compiler's own thread, so that thread is turned off here.</summary>
    private static Surroundings Few(int processes)
        => new()
        {
            MaxProcesses = processes,
            Environment = new Dictionary<string, string?> { ["DOTNET_TieredCompilation"] = "0" },
        };

    private static void AssertHogged(string[] lines)
    {
        Assert.Equal("1", lines[0]);
        Assert.Equal("TimedOut", lines[1]);
        Assert.Equal("Process exited with code 3", lines[2]);
        Assert.Equal("2", lines[3]);
    }
}
