using System.Diagnostics;
using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests.Nodes;

/// <summary>The memory of the processes that long-running jobs have started.</summary>
public sealed class SessionMemoryTests
{
    private readonly Sessions sessions = new();
    private readonly SessionMemory memory;

    public SessionMemoryTests() => memory = new SessionMemory(sessions);

    [Fact]
    public void Without_a_long_running_job_nothing_is_measured()
    {
        memory.Measure(Stopwatch.GetTimestamp());
        Assert.Equal(0, sessions.Refreshes);
    }

    [Fact]
    public void An_included_worker_is_measured_and_an_excluded_one_is_not()
    {
        var worker = TestWorkers.New();
        var (included, excluded) = (new TestJob(1), new TestJob(2));
        memory.Include(worker, excluded);
        memory.Clear();
        memory.Include(worker, included);
        memory.Measure(Stopwatch.GetTimestamp());
        Assert.Equal((Sessions.Used, null), (included.Watched.Started, excluded.Watched.Started));
    }

    [Fact]
    public void The_worker_learns_which_processes_are_outside_its_session()
    {
        var worker = TestWorkers.New();
        memory.Include(worker, new TestJob(1));
        memory.Measure(Stopwatch.GetTimestamp());
        Assert.Equal([Sessions.Outside], TestWorkers.ProcessOf(worker).Outside);
    }

    [Fact]
    public void A_job_with_processes_is_measured_more_often()
    {
        sessions.Use = Sessions.Used with { Processes = 0 };
        memory.Include(TestWorkers.New(), new TestJob(1));
        var start = Stopwatch.GetTimestamp() + 3_600_000_000_000; // so late that the time that the test takes does not matter
        memory.Measure(start);
        memory.Measure(start + Tuning.Watch.MemoryInterval - 1);
        Assert.Equal(1, sessions.Refreshes);
        sessions.Use = Sessions.Used;
        memory.Measure(start + Tuning.Watch.MemoryInterval);
        memory.Measure(start + Tuning.Watch.MemoryInterval + Tuning.Watch.ProcessInterval);
        Assert.Equal(3, sessions.Refreshes);
    }

    [Fact]
    public void Memory_is_measured_at_most_once_per_interval()
    {
        memory.Include(TestWorkers.New(), new TestJob(1));
        var now = Stopwatch.GetTimestamp();
        memory.Measure(now);
        memory.Measure(now + 1_000_000);
        Assert.Equal(1, sessions.Refreshes);
        memory.Measure(now + 3_600_000_000_000);
        Assert.Equal(2, sessions.Refreshes);
    }

    private sealed class Sessions : ISessions
    {
        public static readonly SessionUse Used = new(2, 7 << 20, 0);

        public static readonly StartedProcess Outside = new(12, 34);

        public SessionUse Use { get; set; } = Used;

        public int Refreshes { get; private set; }

        public void Refresh() => Refreshes++;

        public SessionUse UseOf(int leader) => Use;

        public void OtherGroups(int leader, List<int> groups) => groups.Clear();

        public void OutsideSession(int leader, List<StartedProcess> processes)
        {
            processes.Clear();
            processes.Add(Outside);
        }
    }
}
