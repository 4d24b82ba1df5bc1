using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Handler.Embedded;
using Handler.Functions;
using Handler.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Handler.Tests.Nodes;

/// <summary>A worker process has run someone's code. Whatever it writes, its host loses that worker at most.</summary>
public sealed class HostileWorkerTests
{
    private static readonly byte[] Two = Result(2);

    public static readonly TheoryData<string> Garbage = [.. GarbageResponses.Keys];

    private static Dictionary<string, Action<ScriptedWorker, RequestHead>> GarbageResponses => new()
    {
        ["length zero"] = (worker, _) => worker.Write(new byte[64]),
        ["negative length"] = (worker, _) => worker.Write([0xff, 0xff, 0xff, 0xff]),
        ["huge length"] = (worker, _) => worker.Write([0xff, 0xff, 0xff, 0x7f]),
        ["unknown kind"] = (worker, request) => worker.Respond((ResponseKind)99, request, Two),
        ["kind zero"] = (worker, request) => worker.Respond(0, request, Two),
        ["unknown slot"] = (worker, request) => worker.Respond(ResponseKind.Value, request, Two, slot: 63),
        ["slot out of range"] = (worker, request) => worker.Respond(ResponseKind.Value, request, Two, slot: 255),
        ["unknown attempt"] = (worker, request) => worker.Respond(ResponseKind.Value, request, Two, attempt: 4711),
        ["attempt zero"] = (worker, request) => worker.Respond(ResponseKind.Value, request, Two, attempt: 0),
        ["malformed failure"] = (worker, request) => worker.Respond(ResponseKind.Failure, request, [1, 2, 3]),
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task A_worker_that_sends_garbage_is_killed_and_the_next_job_completes(string kind)
    {
        var garbage = GarbageResponses[kind];
        var first = true;
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            if (!first)
                worker.Respond(ResponseKind.Value, request, Two);
            else
                garbage(worker, request);
            first = false;
        });
        await using var node = await Start(platform);
        var exited = Assert.IsType<JobExited>((await Wait.For(node.RunAsync(static () => 2))).Failure);
        Assert.Contains("responses could not be read", exited.Reason);
        Assert.Equal(9, exited.Signal);
        await Wait.Until(() => platform.Workers[0].ExitWasRead, "the worker that wrote garbage has not been ended");
        Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow());
    }

    [Fact]
    public async Task A_second_reply_for_a_job_breaks_the_protocol_and_the_first_reply_counts()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            worker.Respond(ResponseKind.Value, request, Two);
            worker.Respond(ResponseKind.Value, request, Result(3));
        });
        await using var node = await Start(platform);
        Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow());
        await Wait.Until(() => platform.Workers[0].ExitWasRead, "the worker that responded twice has not been ended");
    }

    [Fact]
    public async Task A_value_that_cannot_be_read_is_a_failure_of_the_job()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request) && worker.Claim(request))
                worker.Respond(ResponseKind.Value, request, "no number"u8);
        });
        await using var node = await Start(platform);
        Assert.Contains(
            "cannot be read",
            Assert.IsType<JobFailed>((await Wait.For(node.RunAsync(static () => 2))).Failure).ExceptionMessage);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public async Task A_negative_run_time_is_reported_as_zero(long ran)
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request) && worker.Claim(request))
                worker.Respond(ResponseKind.Value, request, Two, ran: ran);
        });
        await using var node = await Start(platform);
        var outcome = await Wait.For(node.RunAsync(static () => 2));
        Assert.True(outcome.IsSuccess);
        Assert.Equal(TimeSpan.Zero, outcome.Usage!.RunTime);
    }

    [Theory]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(-(1L << 62), 1L << 62)]
    [InlineData(-(1L << 62), (1L << 62) + 1000)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(0, int.MaxValue)]
    [InlineData(-(64 << 10), 64 << 10)]
    [InlineData(-(64 << 10), 1)]
    public async Task Forged_counts_of_published_replies_produce_no_reply(long from, long published)
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request) && worker.Claim(request))
                EndWith(worker, from, published);
        });
        await using var node = await Start(platform);
        Assert.Equal(3, Assert.IsType<JobExited>((await Wait.For(node.RunAsync(static () => 2))).Failure).ExitCode);
    }

    private static unsafe void EndWith(ScriptedWorker worker, long from, long published)
    {
        worker.Page->ResponsesBase = from;
        worker.Page->Published = published;
        worker.End(3);
    }

    [Fact]
    public async Task A_second_ready_message_during_a_job_is_ignored()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            worker.Respond(ResponseKind.Ready, default, []);
            worker.Respond(ResponseKind.Value, request, Two);
        });
        await using var node = await Start(platform);
        for (var i = 0; i < 10; i++)
            Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow());
    }

    [Fact]
    public async Task Random_replies_do_not_harm_the_host()
    {
        var random = new Random(7);
        var gate = new Lock();
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            lock (gate)
            {
                if (random.Next(3) == 0)
                {
                    worker.Respond(ResponseKind.Value, request, Two);
                    return;
                }

                var head = new ResponseHead
                {
                    Length = random.Next(4) == 0 ? random.Next() : ResponseHead.Size + 1,
                    Kind = (ResponseKind)random.Next(7),
                    Slot = (byte)(random.Next(2) == 0 ? request.Slot : random.Next(256)),
                    Attempt = random.Next(2) == 0 ? request.Attempt : random.NextInt64(),
                    StartedAt = random.NextInt64(long.MinValue, long.MaxValue),
                    RunNanoseconds = random.NextInt64(long.MinValue, long.MaxValue),
                    CpuNanoseconds = random.NextInt64(long.MinValue, long.MaxValue),
                    PeakManaged = random.NextInt64(long.MinValue, long.MaxValue),
                    PeakResident = random.NextInt64(long.MinValue, long.MaxValue),
                };
                worker.Write([.. MemoryMarshal.AsBytes(new ReadOnlySpan<ResponseHead>(in head)), (byte)random.Next(256)]);
                if (random.Next(2) == 0)
                    worker.End(random.Next(256));
            }
        });
        await using var node = await Start(platform, options => options.MaxWorkers = 4);
        var kinds = new ConcurrentDictionary<JobOutcomeKind, int>();
        for (var round = 0; round < 60; round++)
        {
            // A response may never come. The timeout then ends the job.
            var jobs = Enumerable
                .Range(0, 10)
                .Select(_ => node.RunAsync(static () => 2, new JobLimits { Timeout = TimeSpan.FromMilliseconds(100) }))
                .ToArray();
            foreach (var job in jobs)
                kinds.AddOrUpdate((await Wait.For(job)).Kind, 1, (_, count) => count + 1);
        }

        Assert.True(kinds.ContainsKey(JobOutcomeKind.Completed), string.Join(", ", kinds));
        Assert.True(kinds.ContainsKey(JobOutcomeKind.Exited), string.Join(", ", kinds));
    }

    [Fact]
    public async Task Invalid_values_in_the_shared_page_are_ignored()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            Scribble(worker, request.Attempt);
            worker.End(3);
        });
        await using var node = await Start(platform);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        var outcome = await Wait.For(node.RunAsync(static () => 2));
        var exited = Assert.IsType<JobExited>(outcome.Failure);
        Assert.Equal(3, exited.ExitCode);
        UsageAssert.IsPossible(outcome.Usage, start);
        Assert.True(outcome.Usage!.PeakManagedBytes >= 0 && outcome.Usage.PeakResidentBytes >= 0);
    }

    [Fact]
    public async Task A_worker_that_claims_a_job_and_then_stays_silent_is_killed_at_the_timeout()
    {
        var platform = new ScriptedPlatform((worker, request) => _ = IsSetup(worker, request) || worker.Claim(request));
        await using var node = await Start(platform);
        Assert.IsType<JobTimedOut>(
            (await Wait.For(node.RunAsync(static () => 2, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) }))).Failure);
        Assert.True(platform.Workers[0].Kills > 0);
    }

    [Fact]
    public async Task A_job_times_out_if_its_worker_marks_it_finished_and_never_replies()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request) && worker.Claim(request))
                MarkFinished(worker, request.Slot);
        });
        await using var node = await Start(platform);
        var outcome = await Wait.For(node.RunAsync(static () => 2, new JobLimits { Timeout = TimeSpan.FromMilliseconds(50) }));
        Assert.IsType<JobTimedOut>(outcome.Failure);
    }

    [Fact]
    public async Task A_job_that_is_cancelled_after_it_has_finished_completes()
        => Assert.Equal(
            2,
            (await CancelFinishedAsync(static (worker, request) => worker.Respond(ResponseKind.Value, request, Two))).GetValueOrThrow());

    [Fact]
    public async Task A_job_that_is_cancelled_after_it_has_failed_is_a_failure()
        => Assert.Equal(
            "no",
            Assert
                .IsType<JobFailed>(
                    (
                        await CancelFinishedAsync(
                            static (worker, request)
                                => worker.Respond(ResponseKind.Failure, request, new FailureBody("A.Type", "no", "no").Write()))
                    ).Failure)
                .ExceptionMessage);

    [Fact]
    public async Task A_job_that_is_marked_finished_but_never_replies_can_be_cancelled() =>
        Assert.Equal(KillCause.CallerCancelled, Assert.IsType<JobKilled>((await CancelFinishedAsync(static (_, _) => { })).Failure).Cause);

    /// <summary>Cancels a job that says that it has finished, without a grace period.</summary>
    /// <param name="then">What its worker does after the cancellation.</param>
    private static async Task<JobOutcome<int>> CancelFinishedAsync(Action<ScriptedWorker, RequestHead> then)
    {
        var finished = new TaskCompletionSource<(ScriptedWorker Worker, RequestHead Request)>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        var platform = new ScriptedPlatform(
            (worker, request) =>
            {
                if (IsSetup(worker, request) || !worker.Claim(request))
                    return;
                MarkFinished(worker, request.Slot);
                finished.TrySetResult((worker, request));
            });
        await using var node = await Start(platform);
        using var source = new CancellationTokenSource();
        var job = node.RunAsync(static () => 2, cancellationToken: source.Token);
        var (worker, request) = await Wait.For(finished.Task);
        await source.CancelAsync();
        then(worker, request);
        return await Wait.For(job);
    }

    [Fact]
    public async Task A_worker_that_never_claims_a_job_is_replaced_and_another_runs_the_job()
    {
        var first = true;
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request))
                return;
            if (!first && worker.Claim(request))
                worker.Respond(ResponseKind.Value, request, Two);
            first = false;
        });
        await using var node = await Start(platform, options => options.StartTimeout = TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow());
        Assert.Equal(2, platform.Workers.Count(worker => worker.Sent.Count > 0));
    }

    [Fact]
    public async Task A_job_is_rejected_after_a_few_workers_exit_before_they_start_it()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (!IsSetup(worker, request))
                worker.End(1);
        });
        await using var node = await Start(platform);
        var outcome = await Wait.For(node.RunAsync(static () => 2));
        var rejected = Assert.IsType<JobRejected>(outcome.Failure);
        Assert.Equal(RejectReason.WorkersDoNotStart, rejected.Reason);
        Assert.Contains("before they started the job", rejected.Message);
        Assert.EndsWith("it exited with code 1.", rejected.Message);
        Assert.Null(outcome.Usage);
    }

    [Fact]
    public async Task Replies_that_were_finished_but_not_yet_written_survive_the_worker()
    {
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            MarkFinished(worker, request.Slot);
            LeaveInPage(worker, request);
            worker.End(null, 11);
        });
        await using var node = await Start(platform);
        Assert.Equal(2, (await Wait.For(node.RunAsync(static () => 2))).GetValueOrThrow());
    }

    [Fact]
    public async Task A_worker_that_cannot_be_checked_is_killed_and_the_others_are_still_watched()
    {
        ScriptedWorker? broken = null;
        var responded = 0;
        var platform = new ScriptedPlatform((worker, request) =>
        {
            if (IsSetup(worker, request) || !worker.Claim(request))
                return;
            if (Interlocked.CompareExchange(ref broken, worker, null) is null)
                worker.Resident = static () => throw new IOException("no such process");
            else
                worker.Resident = () =>
                {
                    if (broken.Kills > 0 && Interlocked.Exchange(ref responded, 1) == 0)
                        worker.Respond(ResponseKind.Value, request, Two);
                    return 20 << 20;
                };
        });
        await using var node = await Start(platform, options => options.MaxWorkers = 2);
        var outcomes = await Wait.For(Task.WhenAll(node.RunAsync(static () => 1), node.RunAsync(static () => 2)));
        Assert.Contains("no such process", outcomes.Select(outcome => outcome.Failure).OfType<JobLost>().Single().Reason);
        Assert.Equal(2, Assert.Single(outcomes, static outcome => outcome.IsSuccess).GetValueOrThrow());
    }

    private static async Task<EmbeddedNode> Start(ScriptedPlatform platform, Action<HandlerOptions>? configure = null)
    {
        var options = new HandlerOptions { MaxWorkers = 1, SpareWorkers = 0 };
        configure?.Invoke(options);
        return await EmbeddedNode.StartAsync(options, platform, NullLogger.Instance, default);
    }

    private static byte[] Result(int value) => [(byte)ValueKind.Int32, .. BitConverter.GetBytes(value)];

    private static bool IsSetup(ScriptedWorker worker, in RequestHead request)
    {
        if (request.Kind != RequestKind.Setup)
            return false;
        worker.Respond(ResponseKind.Ready, default, []);
        return true;
    }

    private static unsafe void Scribble(ScriptedWorker worker, long attempt)
    {
        var page = worker.Page;
        (page->MemorySource, page->MemoryAttempt, page->MemoryUsed) = (77, attempt, -5);
        (page->PeakManaged, page->PeakResident, page->CpuAtStart) = (-1, long.MinValue, long.MaxValue);
        (page->Published, page->ResponsesBase) = (long.MaxValue, long.MinValue);
    }

    private static unsafe void MarkFinished(ScriptedWorker worker, int slot)
        => Volatile.Write(ref worker.Page->Claims[slot], SharedPage.Finished);

    /// <summary>Leaves a response in the page as the worker's response stream does right before the worker exits.</summary>
    private static unsafe void LeaveInPage(ScriptedWorker worker, in RequestHead request)
    {
        var page = worker.Page;
        var head = new ResponseHead
        {
            Length = ResponseHead.Size + Two.Length,
            Kind = ResponseKind.Value,
            Slot = request.Slot,
            Attempt = request.Attempt,
        };
        *(ResponseHead*)SharedPage.Responses(page) = head;
        Two.CopyTo(new Span<byte>(SharedPage.Responses(page) + ResponseHead.Size, Two.Length));
        page->ResponsesBase = ResponseHead.Size; // the response that says that the worker is ready was received already
        page->Published = ResponseHead.Size + head.Length;
    }
}
