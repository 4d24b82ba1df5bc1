using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>The number of staying workers is correct after every change, in any order.</summary>
public sealed class StayingWorkersTests
{
    [Fact]
    public void The_count_equals_the_number_of_staying_workers_after_every_change()
    {
        var set = TestWorkers.NewSet();
        var staying = set.Staying;
        var random = new Random(1);
        var workers = Enumerable.Range(0, 20).Select(_ => TestWorkers.New(set)).ToList();
        Assert.Equal(20, staying.Count);
        for (var i = 0; i < 1_000; i++)
        {
            var worker = workers[random.Next(workers.Count)];
            switch (random.Next(6))
            {
                case 0: worker.State = (WorkerState)random.Next(4); break;
                case 1: worker.Ageing = !worker.Ageing; break;
                case 2: worker.Retiring = worker.Retiring is null ? "recycled" : null; break;
                case 3: worker.KillFor(new JobLost("it is killed")); break;
                case 4: worker.StopWaitingForExit(); break;
                default: workers.Add(TestWorkers.New(set)); break;
            }

            Assert.Equal(workers.Count(each => each.IsStaying), staying.Count);
        }
    }
}
