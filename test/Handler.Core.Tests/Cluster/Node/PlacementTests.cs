using Handler.Cluster;
using Handler.FairShare;
using Handler.Functions;
using Handler.Pools;
using Microsoft.Extensions.Time.Testing;

namespace Handler.Tests.Cluster;

/// <summary>Which node runs a job.</summary>
public sealed class PlacementTests : IOtherNodes
{
    private const long MiB = 1 << 20;

    private readonly FakeTimeProvider time = new();
    private readonly NodeCapacity capacity = new(workers: 1, queued: 1, bytes: 100 * MiB, payloads: 10 * MiB);
    private readonly List<NodeLoad> loads = [];
    private readonly List<NodeId> asked = [];
    private readonly Placement placement;

    public PlacementTests() => placement = new Placement(new NodeId("self"), capacity, this, time);

    IReadOnlyList<NodeLoad> IOtherNodes.Loads => loads;

    Task<CallReply> IOtherNodes.SubmitAsync(NodeId node, JobRequest request)
    {
        Assert.True(request.HandedOver);
        asked.Add(node);
        return node.Value.StartsWith("full", StringComparison.Ordinal)
            ? Task.FromResult(new CallReply(CallState.Ended, node, null, EncodedOutcome.Of(Full(null))))
            : Task.FromResult(new CallReply(CallState.Asking, node));
    }

    [Theory]
    [InlineData(false, "roomy big busy full small")] // two that seem full as well, and none that is too small or accepts nothing
    [InlineData(true, "roomy big")]
    public void The_nodes_with_the_most_room_are_asked_first(bool freeWorkersOnly, string expected)
    {
        loads.AddRange([
            Load("tiny", workers: 9, free: 9, max: 9),
            Load("closed", workers: 9) with { Accepts = false },
            Load("small", workers: 8, free: 5),
            Load("busy", workers: 0),
            Load("full", workers: -1),
            Load("big", workers: 2),
            Load("roomy", workers: 3)]);
        Assert.Equal(expected.Split(' '), Placement.Candidates(loads, 10, 10, freeWorkersOnly).Select(static node => node.Value));
    }

    [Fact]
    public void Two_of_the_nodes_that_seem_full_are_asked()
    {
        loads.AddRange([Load("one", free: 0), Load("two", free: 0), Load("three", free: 0)]);
        Assert.Equal(["one", "two"], Placement.Candidates(loads, 10, 10, freeWorkersOnly: false).Select(static node => node.Value));
        Assert.Empty(Placement.Candidates(loads, 10, 10, freeWorkersOnly: true));
    }

    [Fact]
    public async Task A_call_goes_to_the_first_node_that_does_not_reject_it()
    {
        loads.AddRange([Load("full one", workers: 3), Load("other", workers: 2), Load("third", workers: 1)]);
        var reply = await placement.HandOverAsync(Request(), freeWorkersOnly: false);
        Assert.Equal(new NodeId("other"), reply!.Node);
        Assert.Equal([new NodeId("full one"), new NodeId("other")], asked);
    }

    [Fact]
    public async Task A_call_stays_if_it_was_handed_over_before_or_if_all_nodes_reject_it()
    {
        loads.Add(Load("full one"));
        Assert.Null(await placement.HandOverAsync(Request(), freeWorkersOnly: false));
        Assert.Null(await placement.HandOverAsync(Request() with { HandedOver = true }, freeWorkersOnly: false));
        Assert.Single(asked);
    }

    [Fact]
    public void A_full_node_is_crowded_for_quick_jobs_only_if_no_job_has_ended_for_50_ms()
    {
        var quick = new FunctionRunTimes();
        quick.Note(1_000);
        Assert.False(placement.IsCrowdedFor(quick));
        var call = Take();
        Assert.False(placement.IsCrowdedFor(quick));
        time.Advance(TimeSpan.FromMilliseconds(51));
        Assert.True(placement.IsCrowdedFor(quick));
        var second = Take();
        placement.GiveRoom(second); // a job has ended
        Assert.False(placement.IsCrowdedFor(quick));
        Assert.True(placement.IsCrowdedFor(new FunctionRunTimes())); // an unknown function counts as slow
        placement.GiveRoom(call);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(placement.IsCrowdedFor(quick)); // a worker is free
    }

    [Fact]
    public void A_call_counts_once_even_if_it_takes_or_releases_room_repeatedly()
    {
        var call = Take();
        Assert.Null(placement.TakeRoom(call, null));
        Assert.Equal((1, 99 * MiB), (capacity.Jobs, capacity.FreeBytes));
        placement.GiveRoom(call);
        placement.GiveRoom(call);
        Assert.Equal((0, 100 * MiB), (capacity.Jobs, capacity.FreeBytes));
    }

    [Fact]
    public void A_call_that_waits_has_room_once_it_has_got_its_turn_and_gives_it_back()
    {
        var (first, second) = (Take(), Take());
        var (waiting, leaving) = (NewCall(Request(pool: "a")), NewCall(Request(pool: "a")));
        Assert.NotNull(placement.TakeRoom(waiting, null));
        placement.WaitForRoom(waiting, null);
        placement.WaitForRoom(leaving, null);
        placement.LeaveQueue(leaving);
        Assert.False(leaving.HasRoom);
        placement.GiveRoom(first);
        placement.GiveRoom(second);
        placement.LeaveQueue(waiting);
        Assert.Equal((true, 1), (waiting.HasRoom, capacity.Jobs));
        Assert.Null(placement.TakeRoom(waiting, null));
        placement.GiveRoom(waiting);
        Assert.Equal((false, 0, 100 * MiB), (waiting.HasRoom, capacity.Jobs, capacity.FreeBytes));
    }

    [Fact]
    public void A_call_that_ends_while_it_waits_leaves_the_queue_and_gives_back_what_it_has_got()
    {
        var (first, second) = (Take(), Take());
        var (early, late) = (NewCall(Request(pool: "a")), NewCall(Request(pool: "a")));
        placement.WaitForRoom(early, null);
        placement.GiveRoom(early); // before its turn
        placement.WaitForRoom(late, null);
        placement.GiveRoom(first);
        placement.GiveRoom(late); // after its turn
        placement.GiveRoom(second);
        Assert.Equal((0, 100 * MiB), (capacity.Jobs, capacity.FreeBytes));
    }

    /// <summary>The jobs of a and b came through the same parent, so c is served as often as both together.</summary>
    [Fact]
    public void A_call_without_a_lease_counts_where_the_last_job_of_its_pool_was_admitted()
    {
        var places = new[] { Take("a", Below("top", "a")), Take("b", Below("top", "b")) };
        string[] pools = ["a", "b", "c", "a", "b", "c"];
        var waiting = pools.Select(pool => placement.WaitForRoom(NewCall(Request(pool: pool)), null)).ToList();
        placement.GiveRoom(places[0]);
        Assert.Equal([2], Served(waiting));
        placement.GiveRoom(places[1]);
        Assert.Equal([0, 2], Served(waiting));
    }

    [Fact]
    public void An_infeasible_job_is_rejected_with_the_numbers_of_the_largest_node()
    {
        var request = Request(150 * MiB);
        Assert.Equal(100 * MiB, placement.WhyNowhere(request)!.Limit);
        loads.Add(Load("larger", free: 90 * MiB, max: 120 * MiB));
        var reject = placement.WhyNowhere(request)!;
        Assert.Equal(RejectReason.InsufficientMemory, reject.Reason);
        Assert.Equal((150 * MiB, 30 * MiB, 120 * MiB), (reject.Requested, reject.Used, reject.Limit));
        loads.Add(Load("large enough", max: 150 * MiB));
        Assert.Null(placement.WhyNowhere(request));
        Assert.NotNull(placement.WhyNeverHere(request));
        Assert.NotNull(placement.WhyNowhere(request with { HandedOver = true })); // it is not handed over again
        Assert.Null(placement.WhyNowhere(Request()));
    }

    [Fact]
    public void A_job_may_fit_on_another_open_node_that_reported_enough_room_unless_it_was_handed_over()
    {
        var request = Request(101 * MiB);
        Assert.False(placement.OthersMayHaveRoomFor(request));
        loads.AddRange([Load("closed", free: 200 * MiB) with { Accepts = false }, Load("full", free: 200 * MiB) with { FreePlaces = 0 }]);
        Assert.False(placement.OthersMayHaveRoomFor(request));
        loads.Add(Load("other", free: 200 * MiB));
        Assert.True(placement.OthersMayHaveRoomFor(request));
        Assert.False(placement.OthersMayHaveRoomFor(request with { HandedOver = true }));
    }

    [Fact]
    public void A_node_accepts_jobs_after_it_has_opened_and_until_it_closes()
    {
        Assert.False(placement.Accepts || placement.Opened.IsCompleted);
        placement.Open();
        Assert.True(placement.Accepts && placement.Opened.IsCompleted && placement.Load.Accepts);
        Assert.Equal(2, placement.TakesNoMore().Limit);
        placement.Close();
        Assert.False(placement.Accepts || placement.Load.Accepts);
        Assert.Equal(0, placement.TakesNoMore().Limit);
    }

    private static JobRejected Full(string? pool) => new(pool, RejectReason.NoWorkersAvailable, 1, 1, 1);

    private static NodeLoad Load(string node, int workers = 1, long free = 10, long max = long.MaxValue)
        => new(new NodeId(node), workers, free, Accepts: true, max);

    private static JobRequest Request(long bytes = MiB, string? pool = null) => new()
    {
        Call = new CallId(1, 1),
        Pool = pool,
        Options = JobOptions.Default with { MaxHeapBytes = bytes },
        Function = default,
    };

    private static PoolPath Below(string parent, string pool) => new(parent, 1, new PoolPath(pool, 1, null));

    private static IEnumerable<int> Served(List<RoomWaiter> waiting)
        => Enumerable.Range(0, waiting.Count).Where(index => waiting[index].HasRoom);

    private Call NewCall(JobRequest request) => new(request, new NodeId("self"), time);

    private Call Take(string? pool = null, PoolPath? leased = null)
    {
        var call = NewCall(Request(pool: pool));
        Assert.Null(placement.TakeRoom(call, leased));
        return call;
    }
}
