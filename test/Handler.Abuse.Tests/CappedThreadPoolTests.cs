using Handler.Abuse;

namespace Handler.Tests;

/// <summary>Callers that block every thread that the thread pool may have.</summary>
public sealed class CappedThreadPoolTests
{
    [Theory]
    [InlineData("exits", "Process exited with code 1")]
    [InlineData("times out", "Took more than 50ms to complete")]
    [InlineData("is cancelled", "The caller cancelled the job")]
    [InlineData("medium", "20480")]
    [InlineData("large", "5242880")]
    [InlineData("waits in a pool", "Completed")]
    [InlineData("waits for a full pool", "Rejected")]
    [InlineData("cancels its wait", "The caller cancelled the job")]
    [InlineData("starts in a pool", "Completed")]
    [InlineData("start", "Completed")]
    public async Task Callers_that_block_the_whole_thread_pool_receive_the_outcomes_of_their_jobs(string what, string expected)
        => Assert.Equal([expected], await SpecialHost.RunAsync<CappedThreadPool>(Surroundings.Usual, what));
}
