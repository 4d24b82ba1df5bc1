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
}
