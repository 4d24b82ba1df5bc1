using Handler.Infrastructure;

namespace Handler.Tests.Nodes;

/// <summary>How requests reach the workers.</summary>
public sealed class JobSenderTests
{
    private readonly TestDispatch parts = new();
    private readonly ScriptedWorker process = new(1, static (_, _) => { });

    [Fact]
    public void A_small_job_is_sent_in_one_write()
    {
        process.HasRoom = false; // only large jobs depend on it
        var job = new TestJob(1);
        parts.Sender.Send(process, job);
        Assert.Equal([1], process.Sent);
        Assert.Equal(process.SentBytes, job.SentAfter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_large_job_waits_for_a_worker_without_room_and_does_not_block(bool hasRoom)
    {
        process.HasRoom = hasRoom;
        var job = new TestJob(1, bytes: Tuning.SendAhead.MaxJobBytes);
        parts.Sender.Send(process, job);
        Assert.Equal(hasRoom ? [1] : [], process.Sent);
        Assert.Equal(process.SentBytes, job.SentAfter);
    }

    [Fact]
    public void A_job_for_a_worker_that_has_exited_is_sent_nowhere()
    {
        process.End(1);
        parts.Sender.Send(process, new TestJob(1));
        Assert.Empty(process.Sent);
    }

    [Fact]
    public void Several_jobs_are_sent_each_to_its_worker_and_none_if_there_are_none()
    {
        var other = new ScriptedWorker(2, static (_, _) => { });
        parts.Sender.SendAll(null);
        parts.Sender.SendAll([]);
        parts.Sender.SendAll([(process, new TestJob(1)), (other, new TestJob(2)), (process, new TestJob(3))]);
        Assert.Equal([1, 3], process.Sent);
        Assert.Equal([2], other.Sent);
    }
}
