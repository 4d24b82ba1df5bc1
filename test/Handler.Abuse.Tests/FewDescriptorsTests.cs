using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Hosts with a low limit of open descriptors.</summary>
public sealed class FewDescriptorsTests
{
    [Fact]
    public async Task More_workers_than_the_descriptors_allow_are_a_start_error_that_names_the_options_and_the_limit()
    {
        var told = Assert.Single(await SpecialHost.RunAsync<FewDescriptors>(new Surroundings { MaxOpenFiles = 150 }, "20"));
        Assert.StartsWith(
            "HandlerOptions.MaxWorkers is 20 and HandlerOptions.SpareWorkers is 1: "
                + "these workers need 399 descriptors of this process while they start",
            told);
        Assert.Contains("150 is the limit (RLIMIT_NOFILE, ulimit -n). Raise the limit to at least ", told);
        Assert.Matches("ask for no more than [1-9][0-9]? workers together", told);
    }

    [Fact]
    public async Task Workers_run_if_the_descriptor_limit_allows_their_number()
        => Assert.Equal(["Completed"], await SpecialHost.RunAsync<FewDescriptors>(new Surroundings { MaxOpenFiles = 150 }, "2"));

    [Fact]
    public async Task A_host_with_too_few_descriptors_gets_an_error_that_names_the_limit()
    {
        var told = Assert.Single(await SpecialHost.RunAsync<FewDescriptors>(new Surroundings { MaxOpenFiles = 64 }, "8"));
        Assert.Contains("HandlerOptions.MaxWorkers is 8", told);
        Assert.Contains("64 is the limit", told);
    }

    [Fact]
    public async Task A_host_without_free_descriptors_still_reports_outcomes_and_kills_the_processes_that_jobs_started()
    {
        using var folder = new TemporaryFolder();
        var lines = await SpecialHost.RunAsync<DescriptorsUsedUp>(new Surroundings { MaxOpenFiles = 400 }, folder.Path);
        string[] outcomes =
        [
            "Process exited with code 3",
            "Process tried to use more than 33554432 bytes of memory (MaxHeapBytes)",
            "Took more than 400ms to complete",
        ];
        Assert.Equal([.. outcomes, .. outcomes, "Completed"], lines);
        foreach (var file in new[] { "first", "second" })
            Assert.False(
                ProcessTable.IsRunning(int.Parse(await File.ReadAllTextAsync(folder.File(file)))),
                $"What the {file} job had started lives.");
    }
}
