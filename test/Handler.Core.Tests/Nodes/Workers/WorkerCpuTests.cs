using Handler.Infrastructure;
using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>How much CPU time is attributed to a job; all times in ns.</summary>
public sealed class WorkerCpuTests
{
    private readonly WorkerCpu cpu = new();
    private readonly TestJob job = new(1);

    [Theory]
    [InlineData(500, 500)]
    [InlineData(-1, 0)]
    [InlineData(1001, 1000)]
    public void Reported_processor_time_is_limited_to_the_possible_range_without_a_value_from_the_kernel(long said, long expected)
        => Assert.Equal(expected, cpu.Of(job, said, total: 0, own: 0, most: 1000));

    [Fact]
    public void A_job_cannot_report_more_CPU_time_than_its_worker_used_since_the_previous_job()
    {
        Assert.Equal(400, cpu.Of(new TestJob(2), said: 400, total: 10_000, own: 0, most: long.MaxValue));
        Assert.Equal(10_000, cpu.Before);
        Assert.Equal(2_000, cpu.Of(job, said: 9_000, total: 12_000, own: 0, most: long.MaxValue));
    }

    [Fact]
    public void A_CPU_time_that_is_read_at_the_start_of_a_job_is_its_base()
    {
        cpu.Note(job, total: 5_000, isStart: true);
        Assert.Equal(5_000, cpu.Before);
        Assert.Equal(1_000, cpu.Of(job, said: 9_000, total: 6_000, own: 0, most: long.MaxValue));
    }

    [Theory]
    [InlineData(100, 8_000)] // it says much less than what was seen
    [InlineData(6_500, 6_500)] // the rest may be the worker's own work
    public void Processor_time_read_during_the_job_counts_if_the_worker_reports_much_less(long said, long expected)
    {
        cpu.Note(job, total: 2_000, isStart: false);
        Assert.True(cpu.IsReadFor(job));
        Assert.Equal(0, cpu.Before);
        Assert.Equal(expected, cpu.Of(job, said, total: 10_000, own: 600, most: long.MaxValue));
    }

    [Fact]
    public void Processor_time_read_for_another_job_is_ignored()
    {
        cpu.Note(new TestJob(2), total: 2_000, isStart: false);
        Assert.False(cpu.IsReadFor(job));
        Assert.Equal(100, cpu.Of(job, said: 100, total: 10_000, own: 0, most: long.MaxValue));
    }

    private const long Second = 1_000_000_000;

    [Fact]
    public void No_earlier_than_the_next_measurement_can_all_processors_use_up_what_is_left()
        => Assert.Equal(Second, WorkerCpu.Pause(Second * Environment.ProcessorCount));

    [Fact]
    public void Measurements_do_not_follow_each_other_too_soon()
    {
        Assert.Equal(Tuning.Watch.LeastCpuInterval, WorkerCpu.Pause(1));
        Assert.Equal(Tuning.Watch.ProcessInterval, WorkerCpu.Pause(1, isIdle: true));
    }

    [Theory]
    [InlineData(1_000, 1_000, 1_500, 0, 0, 500)]
    [InlineData(1_000, 1_200, 1_500, 0, 0, 300)] // the worker worked for the previous job until then
    [InlineData(1_000, 900, 1_500, 0, 0, 500)] // it cannot have started before
    [InlineData(1_000, 1_000, 1_500, 200, 700, 1_000)]
    [InlineData(1_000, 1_000, 1_500, 200, 0, 500)] // nothing was measured yet
    public void A_job_has_used_what_was_added_since_its_start(
        long before, long atStart, long now, long startedBefore, long startedNow, long expected)
        => Assert.Equal(expected, WorkerCpu.Used(before, atStart, now, startedBefore, startedNow));

    [Fact]
    public void A_worker_cannot_hide_more_than_it_may_use_itself()
        => Assert.Equal(Second - Tuning.Workers.OwnCpu, WorkerCpu.Used(0, atStart: Second, now: Second, startedBefore: 0, startedNow: 0));
}
