using System.Diagnostics;
using Handler.Embedded;
using Handler.Functions;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Nodes;

/// <summary>A node believes what a worker says about a job only within the bounds of what the node has seen itself.</summary>
public sealed class ForgedResponseTests
{
    private const long Second = 1_000_000_000;
    private static readonly byte[] Two = [(byte)ValueKind.Int32, .. BitConverter.GetBytes(2)];

    [Theory]
    [InlineData(0, 100)]
    [InlineData(long.MinValue, 100)]
    [InlineData(90_000_000, 90)]
    public async Task Reported_processor_time_that_contradicts_the_kernel_is_corrected(long said, int milliseconds)
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request))
            {
                worker.Cpu = 100_000_000;
                return;
            }

            _ = worker.Claim(request);
            OnceMeasured(worker, 20 << 20, () =>
            {
                worker.Cpu += 100_000_000;
                worker.Respond(ResponseKind.Value, request, Two, ran: 110_000_000, cpu: said);
            });
        });
        await using var node = await Start(platform);
        var usage = (await Wait.For(node.RunAsync(static () => 2))).Usage!;
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), usage.CpuTime);
    }

    [Fact]
    public async Task A_reported_run_time_is_capped_at_the_time_until_the_reply()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request) && worker.Claim(request))
                worker.Respond(ResponseKind.Value, request, Two, ran: Second * Second, cpu: Second * Second);
        });
        await using var node = await Start(platform);
        var start = Stopwatch.GetTimestamp();
        var outcome = await Wait.For(node.RunAsync(static () => 2, new JobLimits { Timeout = TimeSpan.FromDays(30) }));
        Assert.Equal(2, outcome.GetValueOrThrow());
        UsageAssert.IsPossible(outcome.Usage, start);
    }

    [Fact]
    public async Task Reported_peaks_are_capped_at_the_limits_that_would_have_killed_the_worker()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request) && worker.Claim(request))
                worker.Respond(ResponseKind.Value, request, Two, peak: 1L << 50);
        });
        await using var node = await Start(platform);
        var usage = (await Wait.For(node.RunAsync(static () => 2))).Usage!;
        Assert.Equal(10 << 20, usage.PeakManagedBytes);
        Assert.InRange(usage.PeakResidentBytes, 1, 1L << 30);
    }

    [Fact]
    public async Task A_worker_cannot_hide_a_memory_peak_that_the_node_has_seen()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            OnceMeasured(worker, 60 << 20, () => worker.Respond(ResponseKind.Value, request, Two));
        });
        await using var node = await Start(platform);
        Assert.Equal(60 << 20, (await Wait.For(node.RunAsync(static () => 2))).Usage!.PeakResidentBytes);
    }

    [Fact]
    public async Task A_job_cannot_reply_for_the_job_behind_it()
    {
        var requests = new List<RequestHead>();
        var runs = 0;
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request))
                return;
            lock (requests)
            {
                requests.Add(request);
                if (requests.Count == 3)
                {
                    // The first job has ended and the second one runs. The second one responds for the third.
                    _ = worker.Claim(requests[1]);
                    worker.Respond(ResponseKind.Value, requests[2], [(byte)ValueKind.Int32, 99, 0, 0, 0]);
                }
                else if (requests.Count != 2 && worker.Claim(request))
                {
                    worker.Respond(ResponseKind.Value, request, Two);
                    runs++;
                }
            }
        });
        await using var node = await Start(platform);
        Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow()); // from now on jobs are known to be quick
        requests.Clear();
        requests.Add(default);
        var jobs = new[] { node.RunAsync(static () => 2), node.RunAsync(static () => 2), node.RunAsync(static () => 2) };
        foreach (var job in jobs)
            Assert.False((await Wait.For(job)).TryGetValue(out var value) && value == 99);
    }

    [Fact]
    public async Task A_worker_that_replies_for_a_job_it_did_not_claim_is_killed()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request))
                worker.Respond(ResponseKind.Value, request, Two);
        });
        await using var node = await Start(platform);
        await Wait.For(node.RunAsync(static () => 2, new JobLimits { Timeout = TimeSpan.FromSeconds(2) }));
        Assert.Contains(platform.Workers, static worker => worker.Kills > 0);
    }

    [Fact]
    public async Task A_job_is_lost_and_not_repeated_if_its_worker_exits_after_it_has_read_the_job()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request))
                return;
            worker.Reads = true;
            worker.End(3);
        });
        await using var node = await Start(platform);
        Assert.Contains("it is unknown whether", Assert.IsType<JobLost>((await Wait.For(node.RunAsync(static () => 2))).Failure).Reason);
        Assert.Single(platform.Workers, static worker => worker.Sent.Count > 0);
    }

    [Fact]
    public async Task A_job_runs_on_another_worker_if_its_worker_exits_before_it_has_read_the_job()
    {
        var first = true;
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request))
                return;
            if (first)
                worker.End(null, 9);
            else if (worker.Claim(request))
                worker.Respond(ResponseKind.Value, request, Two);
            first = false;
        });
        await using var node = await Start(platform);
        Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow());
    }

    [Fact]
    public async Task A_job_that_was_read_but_never_claimed_is_lost_and_not_sent_again()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request))
                worker.Reads = true;
        });
        await using var node = await Start(platform, static options => options.StartTimeout = TimeSpan.FromMinutes(5));
        Assert.IsType<JobLost>(
            (await Wait.For(node.RunAsync(static () => 2, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) }))).Failure);
        Assert.Single(platform.Workers, static worker => worker.Sent.Count > 0);
    }

    [Fact]
    public async Task A_job_whose_claim_was_seen_and_reverted_is_not_offered_again()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            OnceMeasured(worker, 20 << 20, () => Restore(worker, request));
        });
        await using var node = await Start(platform, static options => options.StartTimeout = TimeSpan.FromMinutes(5));
        Assert.IsType<JobTimedOut>(
            (await Wait.For(node.RunAsync(static () => 2, new JobLimits { Timeout = TimeSpan.FromSeconds(1) }))).Failure);
        Assert.Single(platform.Workers, static worker => worker.Sent.Count > 0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MaxValue, -1)]
    [InlineData(100, -1)]
    [InlineData(SharedPage.ResponsesCapacity + 1, 0)]
    public unsafe void Invalid_counts_of_published_replies_cause_no_invalid_read(long published, long responsesBase)
    {
        var page = (SharedPage*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(SharedPage.Size);
        try
        {
            (page->Published, page->ResponsesBase) = (published, responsesBase);
            foreach (var received in (long[])[0, 50, 1L << 40, long.MaxValue])
            {
                var left = PublishedResponses.After(page, received);
                Assert.InRange(left.Length, 0, SharedPage.ResponsesCapacity);
                if (left.Length > 0)
                    _ = left[^1]; // can be read
            }

            Assert.False(PublishedResponses.Contain(page, 0, 7));
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.Free(page);
        }
    }

    private static async Task<EmbeddedNode> Start(ScriptedPlatform platform, Action<HandlerOptions>? configure = null)
    {
        var options = new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 };
        configure?.Invoke(options);
        return await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
    }

    private static bool IsSetup(ScriptedWorker worker, in RequestHead request)
    {
        if (request.Kind != RequestKind.Setup)
            return false;
        worker.Respond(ResponseKind.Ready, default, []);
        return true;
    }

    /// <summary>
    /// Gives a worker this much memory, and does something when the node measures it for the second time: the first check of the running
    /// job is complete by then.
    /// </summary>
    private static void OnceMeasured(ScriptedWorker worker, long memory, Action then)
    {
        var measured = 0;
        worker.Resident = () =>
        {
            if (Interlocked.Increment(ref measured) == 2)
                then();
            return memory;
        };
    }

    private static unsafe void Restore(ScriptedWorker worker, in RequestHead request)
        => Volatile.Write(ref worker.Page->Claims[request.Slot], SharedPage.OfferOf(request.Attempt));
}
