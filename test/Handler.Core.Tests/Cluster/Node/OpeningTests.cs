using Handler.Cluster;
using static Handler.Tests.Cluster.CallParts;

namespace Handler.Tests.Cluster;

/// <summary>Calls that arrive at a node that has just started.</summary>
public sealed class OpeningTests : IAsyncLifetime
{
    private CallParts parts = null!;

    public async Task InitializeAsync() => parts = await CallParts.StartAsync();

    public async Task DisposeAsync() => await parts.DisposeAsync();

    [Fact]
    public async Task A_call_is_offered_to_other_nodes_and_stays_known_until_this_node_opens()
    {
        var reply = parts.Intake.SubmitAsync(Request());
        Assert.False(reply.IsCompleted);
        Assert.False(parts.Calls.IsOffered(new CallId(1, 2)));
        parts.Placement.Open();
        await parts.Throw("done");
        Assert.IsType<JobFailed>((await Wait.For(reply)).Outcome!.Failure);
    }

    [Fact]
    public async Task A_call_that_another_node_accepts_does_not_wait()
    {
        parts.Loads = static () => [RoomAt(Other)];
        Assert.Equal(Other, (await Wait.For(parts.Intake.SubmitAsync(Request()))).Node);
    }

    [Fact]
    public async Task A_call_is_rejected_if_the_node_does_not_open_in_time()
    {
        var reply = parts.Intake.SubmitAsync(Request());
        await parts.Time.PassAsync(NodeTimings.LateArrival);
        Assert.Equal(0, Assert.IsType<JobRejected>((await Wait.For(reply)).Outcome!.Failure).Limit);
        Assert.Equal(0, parts.Capacity.Payloads);
    }
}
