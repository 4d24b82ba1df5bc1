using Handler.Nodes;

namespace Handler.Tests.Nodes;

/// <summary>The number of staying workers is correct after every change, in any order.</summary>
public sealed class StayingWorkersTests
{
    [Fact]
    public void It_is_what_counting_the_workers_would_give()
    {
        var headcount = new StayingWorkers();
        var random = new Random(1);
        var workers = Enumerable.Range(0, 20).Select(_ => new Worker(headcount)).ToList();
        Assert.Equal(20, headcount.Staying);
        for (var i = 0; i < 1_000; i++)
        {
            var worker = workers[random.Next(workers.Count)];
            switch (random.Next(4))
            {
                case 0: worker.State = (WorkerState)random.Next(4); break;
                case 1: worker.Ageing = !worker.Ageing; break;
                case 2: worker.Retiring = worker.Retiring is null ? "recycled" : null; break;
                default: workers.Add(new Worker(headcount)); break;
            }

            Assert.Equal(workers.Count(each => each.IsStaying), headcount.Staying);
        }
    }
}
