using Handler.FairShare;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>What holds for each job that waits for room, whatever the sizes, if all children always have jobs waiting.</summary>
public sealed class WaitQueueProperties
{
    private const int Memory = 10;

    /// <summary>
    /// Until the first job of a child has room, its own child's jobs end, 8 jobs overtake it, and room is kept for each other child that
    /// became due before. In one step one job ends, and no more than 10 run at the same time.
    /// </summary>
    private const int MaxSteps = Memory + (Children * (8 + Memory));

    private const int Children = 5;

    [Fact]
    public void No_job_waits_for_ever()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var run = new Run(new Random(seed));
            for (var step = 0; step < 500; step++)
                Assert.True(run.Step() <= MaxSteps, $"With seed {seed} a job waits too long.");
        }
    }

    private sealed class Run
    {
        private readonly PoolState state = new("pool");
        private readonly Random random;
        private readonly PoolPath?[] paths;
        private readonly List<TestWaiter>[] waiting;
        private readonly int[] steps = new int[Children]; // since a job of the child had room
        private readonly int[] largest;
        private readonly List<AcquireRequest> running = [];
        private ulong jobs;

        public Run(Random random)
        {
            this.random = random;
            paths =
            [
                null,
                new PoolPath("a", random.Next(1, 4), null),
                new PoolPath("b", random.Next(1, 4), null),
                new PoolPath("c", 1, new PoolPath("d", random.Next(1, 4), null)),
                new PoolPath("c", 1, new PoolPath("e", random.Next(1, 4), null)),
            ];
            largest = [.. paths.Select(_ => random.Next(1, Memory + 1))];
            waiting = [.. paths.Select(static _ => new List<TestWaiter>())];
            state.Apply(new PoolConfiguration { Limits = new PoolLimits(100, Memory) });
            state.Advance(PoolPhase.Ready);
        }

        /// <summary>One job ends, and others come. Returns how long a child has waited at most.</summary>
        public int Step()
        {
            if (running.Count > 0)
            {
                var ended = running[random.Next(2) == 0 ? 0 : running.Count - 1];
                running.Remove(ended);
                Assert.True(state.TryRollBack(ended));
            }

            for (var child = 0; child < Children; child++)
            {
                while (waiting[child].Count < 3)
                    Enqueue(child);
            }

            state.GiveRoom(0);
            for (var child = 0; child < Children; child++)
                Note(child);
            return steps.Max();
        }

        private void Enqueue(int child)
        {
            var request = new AcquireRequest
            {
                Job = new JobId(1, ++jobs),
                Node = new NodeId("node"),
                Bytes = random.Next(1, largest[child] + 1),
                From = paths[child],
            };
            waiting[child].Add(new TestWaiter(request));
            state.Enqueue(waiting[child][^1]);
        }

        private void Note(int child)
        {
            var served = waiting[child].Where(static waiter => waiter.HasShare == true).ToList();
            running.AddRange(served.Select(static waiter => waiter.Request));
            waiting[child].RemoveAll(served.Contains);
            steps[child] = served.Count > 0 ? 0 : steps[child] + 1;
        }
    }
}
