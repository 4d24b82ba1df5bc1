using Handler.BadJobs;

namespace Handler.Tests.Verdicts;

/// <summary>
/// What counts as a job's memory: memory that the kernel cannot reclaim, in any process of the job's session, mapped or not.
/// </summary>
[Collection(Alone.Name)]
public sealed class WhatCountsTests : IAsyncLifetime
{
    private const long Mebibyte = 1 << 20;

    /// <summary>Both the worker and the node look at memory while a job runs; either may be first.</summary>
    private static readonly MemoryLimitSource[] Lookers = [MemoryLimitSource.ResidentMemory, MemoryLimitSource.Watchdog];

    private TestNode node = null!;

    public async Task InitializeAsync() => node = await TestNode.StartAsync();

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Fact]
    public async Task Clean_pages_of_a_mapped_file_do_not_count()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("data");
        await using (var file = File.Create(path))
        {
            var block = new byte[Mebibyte];
            for (var i = 0; i < 300; i++)
                await file.WriteAsync(block);
        }

        var outcome = await node.Run(() => MappedFiles.ReadAll(path, 300));
        Assert.Equal(300 * Mebibyte / 4096, outcome.GetValueOrThrow());
        Assert.InRange(outcome.Usage!.PeakResidentBytes, Mebibyte, 200 * Mebibyte);
    }

    [Fact]
    public async Task Shared_memory_counts_while_it_is_mapped()
    {
        var outcome = Assert.IsType<JobOutOfMemory>((await node.Run(static () => MappedFiles.FillShared(400))).Failure);
        Assert.Contains(outcome.Source, Lookers);
    }

    [Fact]
    public async Task A_memory_file_counts_even_if_it_is_not_mapped()
        => Assert.IsType<JobOutOfMemory>((await node.Run(static () => MappedFiles.FillMemoryFile(1500))).Failure);

    /// <summary>The limits are low, because a system setting determines how much a socket or a pipe holds.</summary>
    [Theory]
    [InlineData("TCP")]
    [InlineData("Unix")]
    [InlineData("pipes")]
    public async Task Data_in_the_buffers_of_sockets_and_pipes_counts_as_memory(string kind)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("socket");
        Action job = kind switch
        {
            "TCP" => NativeMemoryHogs.SocketBuffers,
            "Unix" => () => NativeMemoryHogs.UnixSocketBuffers(path),
            _ => NativeMemoryHogs.PipeBuffers,
        };
        var outcome = Assert.IsType<JobOutOfMemory>(
            (
                await node.Run(
                    job,
                    new JobLimits
                    {
                        MaxResidentBytes = 16 * Mebibyte,
                        MaxHeapBytes = 8 * Mebibyte,
                        Timeout = TimeSpan.FromSeconds(20),
                    })
            ).Failure);
        Assert.Equal(MemoryLimitSource.ResidentMemory, outcome.Source);
    }

    [Fact]
    public async Task An_open_file_in_shared_memory_counts_even_after_it_is_unlinked()
        => Assert.IsType<JobOutOfMemory>((await node.Run(static () => MappedFiles.FillUnlinked("/dev/shm", 400))).Failure);

    [Fact]
    public async Task A_memory_file_that_earlier_jobs_filled_does_not_count()
    {
        await using var keeping = await TestNode.StartAsync(static options =>
            (options.MaxWorkers, options.Recycling.OnLeftovers, options.Recycling.MaxGrowthBytes) = (1, false, Mebibyte << 10));
        var pids = new HashSet<int>();
        for (var i = 0; i < 20; i++)
            pids.Add((await keeping.Run(static () => MappedFiles.AddToKeptFile("/dev/shm", 6))).GetValueOrThrow());
        Assert.Single(pids);
        var limits = new JobOptions { MaxResidentBytes = 16 * Mebibyte, MaxHeapBytes = 8 * Mebibyte };

        // The node looks at the files of a job with every other check at the latest.
        (await keeping.Run(static () => NodeChecks.Await(TimeSpan.FromMilliseconds(300)), limits)).ThrowIfFailed();
    }

    [Fact]
    public async Task A_file_in_secret_memory_counts_with_its_length()
    {
        var outcome = await node.Run(static () => MappedFiles.HoldSecretMemory(400));
        if (outcome.IsSuccess)
            Assert.Equal(-1, outcome.GetValueOrThrow()); // this kernel has none
        else
            Assert.Contains(Assert.IsType<JobOutOfMemory>(outcome.Failure).Source, Lookers);
    }

    [Fact]
    public async Task The_memory_of_a_jobs_children_counts()
    {
        var outcome = Assert.IsType<JobOutOfMemory>((await node.Run(static () => Children.HangWithHogs(2, 300))).Failure);
        Assert.Contains(outcome.Source, Lookers);
        Assert.True(outcome.PeakBytes > outcome.LimitBytes);
        await Wait.Until(() => node.Processes().All(static each => each.ParentPid == Environment.ProcessId), "the children still run");
    }

    [Fact]
    public async Task The_memory_of_an_orphan_counts()
        => Assert.Contains(
            Assert.IsType<JobOutOfMemory>((await node.Run(static () => Children.HangWithOrphanedHog(500))).Failure).Source, Lookers);

    /// <summary>The kernel tells what processes share only to those that may trace them.</summary>
    [PrivilegedFact]
    public async Task Memory_that_children_share_with_their_worker_counts_once()
    {
        var limits = new JobOptions { MaxResidentBytes = 128 * Mebibyte, MaxHeapBytes = 16 * Mebibyte };
        var outcome = await node.Run(static () => Children.ShareMemory(6, 90), limits);
        Assert.True(outcome.IsSuccess, outcome.Failure?.ToString());
        Assert.InRange(outcome.Usage!.PeakResidentBytes, 80 * Mebibyte, 128 * Mebibyte);
    }

    [Fact]
    public async Task Children_within_the_limit_are_left_alone()
        => Assert.True((await node.Run(static () => Children.WaitForFrugalChild(1))).IsSuccess);
}
