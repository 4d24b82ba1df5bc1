using System.Diagnostics;
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
        var (included, excluded) = (TestWorkers.New(), TestWorkers.New());
        memory.Include(excluded);
        memory.Clear();
        memory.Include(included);
        memory.Measure(Stopwatch.GetTimestamp());
        Assert.Equal((Sessions.Used, 0), (included.MemoryOfStartedProcesses, excluded.MemoryOfStartedProcesses));
    }

    [Fact]
    public void Memory_is_measured_at_most_once_per_interval()
    {
        memory.Include(TestWorkers.New());
        var now = Stopwatch.GetTimestamp();
        memory.Measure(now);
        memory.Measure(now + 1_000_000);
        Assert.Equal(1, sessions.Refreshes);
        memory.Measure(now + 3_600_000_000_000);
        Assert.Equal(2, sessions.Refreshes);
    }

    private sealed class Sessions : ISessions
    {
        public const long Used = 7 << 20;

        public int Refreshes { get; private set; }

        public void Refresh() => Refreshes++;

        public long UsedMemory(int leader) => Used;

        public void OtherGroups(int leader, List<int> groups) => groups.Clear();
    }
}
