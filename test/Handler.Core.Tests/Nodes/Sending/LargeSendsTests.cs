using Handler.Nodes;
using Handler.Platform;

namespace Handler.Tests.Nodes;

/// <summary>The thread that sends large requests.</summary>
public sealed class LargeSendsTests : IDisposable
{
    private const int Small = 1 << 10, Large = 300 << 10;

    private readonly LargeSends sends = new(new LinuxPlatform(), static exception => throw exception);

    public LargeSendsTests() => sends.Start();

    public void Dispose() => sends.End();

    [Fact]
    public void A_request_that_fits_into_the_pipe_is_sent_by_the_calling_thread()
    {
        var worker = New();
        sends.Send(worker, new TestJob(1, bytes: Small));
        Assert.Equal([1], worker.Sent);
    }

    [Fact]
    public async Task A_request_larger_than_the_pipe_is_sent()
    {
        var worker = New();
        sends.Send(worker, new TestJob(1, bytes: Large));
        await Wait.Until(() => worker.Sent.Contains(1), "the request to be sent");
    }

    [Fact]
    public async Task A_worker_whose_pipe_is_full_does_not_delay_requests_to_the_others()
    {
        var (full, other) = (New(), New());
        full.HasRoom = false;
        sends.Send(full, new TestJob(1, bytes: Large));
        sends.Send(other, new TestJob(3, bytes: Large));
        await Wait.Until(() => other.Sent.Contains(3), "the request of the other worker to be sent");
        Assert.Empty(full.Sent);
        full.HasRoom = true;
        await Wait.Until(() => full.Sent.Contains(1), "the request to be sent once there is room");
    }

    [Fact]
    public async Task A_request_to_a_worker_that_has_exited_is_dropped()
    {
        var (gone, other) = (New(), New());
        gone.End(code: 0);
        sends.Send(gone, new TestJob(1, bytes: Large));
        sends.Send(other, new TestJob(2, bytes: Large));
        await Wait.Until(() => other.Sent.Contains(2), "the request of the other worker to be sent");
        Assert.Empty(gone.Sent);
    }

    private static ScriptedWorker New() => new(1, static (_, _) => { });
}
