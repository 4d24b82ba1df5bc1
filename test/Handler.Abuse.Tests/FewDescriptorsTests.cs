using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Hosts that may have only so many descriptors open.</summary>
public sealed class FewDescriptorsTests
{
    [Fact]
    public async Task More_workers_than_the_descriptors_allow_are_a_start_error_that_names_the_options_and_the_limit()
    {
        var told = Assert.Single(await SpecialHost.RunAsync<FewDescriptors>(new Surroundings { MaxOpenFiles = 150 }, "20"));
        Assert.StartsWith("HandlerOptions.MaxWorkers is 20 and HandlerOptions.SpareWorkers is 1: so many workers need 168 descriptors of this process", told);
        Assert.Contains("150 is the limit (RLIMIT_NOFILE, ulimit -n). Raise the limit to at least ", told);
        Assert.Matches("ask for no more than [1-9][0-9]? workers together", told);
    }

    [Fact]
    public async Task As_many_workers_as_the_descriptors_allow_run()
        => Assert.Equal(["Completed"], await SpecialHost.RunAsync<FewDescriptors>(new Surroundings { MaxOpenFiles = 150 }, "2"));

    [Fact]
    public async Task A_host_that_may_open_next_to_nothing_is_told_so()
    {
        var told = Assert.Single(await SpecialHost.RunAsync<FewDescriptors>(new Surroundings { MaxOpenFiles = 64 }, "8"));
        Assert.Contains("HandlerOptions.MaxWorkers is 8", told);
        Assert.Contains("64 is the limit", told);
    }
}
