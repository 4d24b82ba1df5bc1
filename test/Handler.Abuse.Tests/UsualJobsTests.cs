using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Tests the surroundings themselves: in each of them, a host with usual jobs works.</summary>
public sealed class UsualJobsTests
{
    private static readonly string[] Usual =
    [
        "value: 2",
        "failed: System.FormatException: The input string 'x' was not in a correct format.",
        "exited: Process exited with code 3",
    ];

    [Fact]
    public async Task A_host_without_special_surroundings_runs_the_usual_jobs()
        => Assert.Equal(Usual, await SpecialHost.RunAsync<UsualJobs>(Surroundings.Usual));

    [SurroundingsFact(needsNamespaces: true)]
    public async Task Process_one_runs_the_usual_jobs()
        => Assert.Equal(Usual, await SpecialHost.RunAsync<UsualJobs>(new Surroundings { IsProcessOne = true }));

    [SurroundingsFact(needsProcessLimit: true)]
    public async Task A_host_that_may_have_a_hundred_processes_runs_the_usual_jobs()
        => Assert.Equal(Usual, await SpecialHost.RunAsync<UsualJobs>(new Surroundings { MaxProcesses = 100 }));

    [SurroundingsFact(needsNamespaces: true)]
    public async Task A_minimal_image_runs_the_usual_jobs()
        => Assert.Equal(Usual, await SpecialHost.RunAsync<UsualJobs>(new Surroundings { IsImage = true }));
}
