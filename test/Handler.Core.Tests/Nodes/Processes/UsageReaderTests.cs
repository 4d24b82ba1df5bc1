using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;
using Handler.Wire;

namespace Handler.Tests.Nodes;

/// <summary>What a job has used, by figures that its worker may have forged. All times in ns.</summary>
public sealed unsafe class UsageReaderTests
{
    private const long Millisecond = 1_000_000;
    private const long Sent = 1_000 * Millisecond, Now = 2_000 * Millisecond;
    private const long Heap = 8 << 20;

    private static readonly JobOptions Limits = new() { MaxHeapBytes = Heap };

    private readonly TestJob job = new(7, options: Limits);
    private readonly Worker worker = TestWorkers.New();
    private readonly UsageReader reader;

    public UsageReaderTests()
    {
        worker.Assign(job, Sent);
        reader = new UsageReader(worker);
    }

    [Fact]
    public void Possible_figures_of_an_response_are_believed()
    {
        var head = new ResponseHead
        {
            StartedAt = Sent + (10 * Millisecond),
            RunNanoseconds = 200 * Millisecond,
            CpuNanoseconds = 100 * Millisecond,
            PeakManaged = 1_000,
            PeakResident = 2_000,
        };
        var usage = reader.OfResponse(job, head, 0, Now);
        Assert.Equal(
            new JobUsage
            {
                RunTime = TimeSpan.FromMilliseconds(200),
                CpuTime = TimeSpan.FromMilliseconds(100),
                QueueTime = TimeSpan.FromMilliseconds(1_010),
                PeakManagedBytes = 1_000,
                PeakResidentBytes = 2_000,
                MemoryEnforcer = LimitEnforcer.Worker,
                WorkerPid = 1,
                AttemptId = 7,
            },
            usage);
    }

    [Theory]
    [InlineData(0, 0, 1_000)] // before it was sent
    [InlineData(long.MinValue, 0, 1_000)]
    [InlineData(3_000 * Millisecond, 0, 2_000)] // after its response
    [InlineData(3_000 * Millisecond, 1_500 * Millisecond, 1_500)] // later than the watchdog saw it running
    [InlineData(1_200 * Millisecond, 1_500 * Millisecond, 1_200)]
    public void It_started_between_the_request_and_the_first_sight_of_it(long said, long seen, int expectedMilliseconds)
    {
        job.Watched.Start = seen;
        var usage = reader.OfResponse(job, new ResponseHead { StartedAt = said }, 0, Now);
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), usage.QueueTime);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, 900)]
    [InlineData(900 * Millisecond, 900)]
    public void It_ran_no_longer_than_from_its_start_to_its_response(long said, int expectedMilliseconds)
    {
        var head = new ResponseHead { StartedAt = Sent + (100 * Millisecond), RunNanoseconds = said };
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), reader.OfResponse(job, head, 0, Now).RunTime);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(Heap + 1, Heap)]
    public void Its_managed_peak_is_within_its_limit(long said, long expected)
        => Assert.Equal(expected, reader.OfResponse(job, new ResponseHead { PeakManaged = said }, 0, Now).PeakManagedBytes);

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(5_000, 0, 5_000)]
    [InlineData(5_000, 6_000, 6_000)] // the node has seen more
    [InlineData(long.MaxValue, 6_000, null)]
    public void Its_resident_peak_is_what_was_seen_or_what_is_possible(long said, long seen, int? expected)
    {
        job.Watched.PeakMemory = seen;
        var peak = reader.OfResponse(job, new ResponseHead { PeakResident = said }, 0, Now).PeakResidentBytes;
        Assert.Equal(expected ?? worker.MostMemoryOf(job), peak);
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(3, 0, 3)]
    [InlineData(3, 5, 5)] // the node has seen more
    [InlineData(long.MaxValue, 0, JobLimits.MostProcesses + 1)]
    public void Its_processes_are_what_was_seen_or_what_is_possible(long said, int seen, int expected)
    {
        job.Watched.PeakProcesses = seen;
        Assert.Equal(expected, reader.OfResponse(job, new ResponseHead { PeakProcesses = said }, 0, Now).PeakProcesses);
    }

    [Fact]
    public void It_says_whether_the_kernel_has_limited_its_memory()
    {
        TestWorkers.ProcessOf(worker).IsLimitedByKernel = true;
        Assert.Equal(LimitEnforcer.Kernel, reader.OfResponse(job, default, 0, Now).MemoryEnforcer);
    }

    [Theory]
    [InlineData(300, 500)]
    [InlineData(-1, 200)]
    public void The_CPU_time_of_its_processes_is_added(long said, int expectedMilliseconds)
    {
        var head = new ResponseHead
        {
            StartedAt = Sent,
            RunNanoseconds = 900 * Millisecond,
            CpuNanoseconds = 200 * Millisecond,
            StartedCpuNanoseconds = said < 0 ? said : said * Millisecond,
        };
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), reader.OfResponse(job, head, 0, Now).CpuTime);
    }

    [Fact]
    public void Its_CPU_time_is_no_less_than_the_node_has_seen()
    {
        job.Watched.Cpu = 700 * Millisecond;
        var head = new ResponseHead { StartedAt = Sent, RunNanoseconds = 900 * Millisecond };
        Assert.Equal(TimeSpan.FromMilliseconds(700), reader.OfResponse(job, head, 0, Now).CpuTime);
    }

    [Fact]
    public void The_kernel_is_asked_only_about_a_run_that_is_long_compared_with_the_question()
    {
        TestWorkers.ProcessOf(worker).Cpu = 300;
        Assert.Equal(TimeSpan.FromMicroseconds(500), CpuOf(run: Tuning.Workers.RunToReadCpu, said: 500_000));
        Assert.Equal(TimeSpan.FromTicks(3), CpuOf(run: Tuning.Workers.RunToReadCpu + 1, said: 500_000));
    }

    [Theory]
    [InlineData(0, 100, 100)] // the kernel has seen more
    [InlineData(long.MinValue, 100, 100)]
    [InlineData(90 * Millisecond, 100, 90)] // the rest may be the worker's own work
    [InlineData(long.MaxValue, 100, 100)] // the worker has not used as much
    [InlineData(5_000 * Millisecond, 20, 20)]
    public void CPU_time_that_contradicts_the_kernel_is_corrected(long said, int usedMilliseconds, int expectedMilliseconds)
    {
        worker.Cpu.Note(job, 100 * Millisecond, isStart: true);
        TestWorkers.ProcessOf(worker).Cpu = (100 + usedMilliseconds) * Millisecond;
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), CpuOf(run: 500 * Millisecond, said));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void The_CPU_time_at_the_start_is_read_of_a_worker_that_was_idle_for_long(long more, bool isRead)
    {
        var idle = new TestDispatch().AddIdle();
        TestWorkers.ProcessOf(idle).Cpu = 100 * Millisecond;
        idle.Assign(job, idle.IdleSince + Tuning.Workers.LongIdle + more);
        Assert.Equal((isRead, isRead ? 100 * Millisecond : 0), (idle.Cpu.IsReadFor(job), idle.Cpu.Before));
    }

    [Fact]
    public void Without_the_kernel_it_used_no_more_than_every_processor_during_its_run()
        => Assert.Equal(TimeSpan.FromMicroseconds(500) * Environment.ProcessorCount, CpuOf(run: 500_000, said: long.MaxValue));

    [Theory]
    [InlineData(0, 0, 100)]
    [InlineData(0, 40_000_000, 0)] // the worker may have written such a response in that time
    [InlineData(4 << 20, 0, 0)] // or have read such a call
    public void Time_that_the_worker_may_have_used_itself_is_not_attributed_to_the_job(int callBytes, int responseBytes, int expected)
    {
        var large = new TestJob(8, bytes: callBytes, options: Limits);
        worker.Remove(job);
        worker.Assign(large, Sent);
        worker.Cpu.Note(large, 0, isStart: false);
        TestWorkers.ProcessOf(worker).Cpu = 100 * Millisecond;
        var head = new ResponseHead { StartedAt = Sent, RunNanoseconds = 500 * Millisecond };
        Assert.Equal(TimeSpan.FromMilliseconds(expected), reader.OfResponse(large, head, responseBytes, Now).CpuTime);
    }

    [Fact]
    public void Possible_figures_of_a_worker_that_has_exited_are_believed()
    {
        var page = worker.Process!.Page;
        (page->CpuAtStart, page->PeakManaged, page->PeakResident) = (30 * Millisecond, 1_000, 2_000);
        Assert.Equal(
            new JobUsage
            {
                RunTime = TimeSpan.FromMilliseconds(800),
                CpuTime = TimeSpan.FromMilliseconds(50),
                QueueTime = TimeSpan.FromMilliseconds(1_200),
                PeakManagedBytes = 1_000,
                PeakResidentBytes = 2_000,
                MemoryEnforcer = LimitEnforcer.Worker,
                WorkerPid = 1,
                AttemptId = 7,
            },
            AtExit(cpu: 80 * Millisecond));
    }

    [Theory]
    [InlineData(-1, 80)]
    [InlineData(long.MaxValue, 0)]
    public void The_processor_time_at_its_start_is_within_that_at_the_exit(long said, int expectedMilliseconds)
    {
        worker.Process!.Page->CpuAtStart = said;
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), AtExit(cpu: 80 * Millisecond).CpuTime);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, null)]
    public void Peaks_at_the_exit_are_within_what_is_possible(long said, int? expected)
    {
        var page = worker.Process!.Page;
        (page->PeakManaged, page->PeakResident) = (said, said);
        var usage = AtExit(cpu: 0);
        var most = worker.MostBelievedOf(job);
        Assert.Equal((expected ?? most, expected ?? most), (usage.PeakManagedBytes, usage.PeakResidentBytes));
    }

    [Fact]
    public void A_peak_that_the_node_has_seen_counts_at_the_exit_too()
    {
        job.Watched.PeakMemory = 1L << 50;
        worker.Process!.Page->PeakManaged = long.MaxValue;
        var usage = AtExit(cpu: 0);
        Assert.Equal((1L << 50, 1L << 50), (usage.PeakManagedBytes, usage.PeakResidentBytes));
    }

    private JobUsage AtExit(long cpu)
        => reader.AtExit(job, startedAt: 1_200 * Millisecond, new ExitStatus(Code: 1, Signal: null, CpuNanoseconds: cpu), Now);

    private TimeSpan CpuOf(long run, long said)
    {
        var head = new ResponseHead { StartedAt = Sent, RunNanoseconds = run, CpuNanoseconds = said };
        return reader.OfResponse(job, head, 0, Now).CpuTime;
    }
}
