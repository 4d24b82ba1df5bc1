using Handler.Nodes;
using Handler.Wire;

namespace Handler.Tests.Nodes;

public sealed class SlotTableTests
{
    private readonly SlotTable table = new();

    [Fact]
    public void An_empty_table_has_no_first_job()
    {
        Assert.Equal(0, table.Count);
        Assert.Null(table.First);
        Assert.Empty(table.InOrder());
    }

    [Fact]
    public void Each_job_has_its_own_slot()
    {
        var jobs = Enumerable.Range(1, SharedPage.Slots).Select(attempt => new TestJob(attempt)).ToList();
        jobs.ForEach(table.Add);
        Assert.Equal(SharedPage.Slots, jobs.Select(job => job.Slot).Distinct().Count());
        Assert.Equal(jobs, table.InOrder());
    }

    [Fact]
    public void A_job_is_found_by_its_slot_and_its_attempt_only()
    {
        var job = new TestJob(7);
        table.Add(job);
        Assert.Same(job, table.Find(job.Slot, 7));
        Assert.Null(table.Find(job.Slot, 8));
        Assert.Null(table.Find(job.Slot + 1, 7));
        Assert.Null(table.Find(255, 7)); // a worker may name any slot
    }

    [Fact]
    public void The_collection_has_the_same_content_as_a_list_after_any_sequence_of_steps()
    {
        var random = new Random(1);
        var model = new List<Job>();
        for (var attempt = 1; attempt <= 10_000; attempt++)
        {
            if (model.Count < 20 && random.Next(2) == 0)
            {
                var job = new TestJob(attempt);
                table.Add(job);
                model.Add(job);
            }
            else if (model.Count > 0)
            {
                var job = model[random.Next(3) == 0 ? random.Next(model.Count) : 0]; // mostly the first one
                table.Remove(job);
                model.Remove(job);
            }

            Assert.Equal(model.Count, table.Count);
            Assert.Same(model.FirstOrDefault(), table.First);
        }
    }
}
