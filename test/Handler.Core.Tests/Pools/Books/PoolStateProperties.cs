using FsCheck;
using FsCheck.Fluent;
using Handler.Pools;

namespace Handler.Tests.Pools;

/// <summary>What holds for a pool whatever is asked of it, if it gives room to waiting jobs after each release.</summary>
public class PoolStateProperties
{
    private static readonly PoolLimits Limits = new(4, 12);

    private static readonly Gen<Step> Steps = Gen.Choose(0, 99)
        .SelectMany(kind => Gen.Choose(0, 13).SelectMany(bytes => Gen.Choose(0, 2).Select(priority => new Step(kind, bytes, priority))));

    [Fact]
    public void The_limits_hold_and_room_goes_to_waiting_jobs_in_order()
        => Prop.ForAll(Steps.ListOf().ToArbitrary(), steps =>
        {
            var run = new Run();
            foreach (var step in steps)
                run.Take(step);
            run.ReleaseAll();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(200));

    private sealed record Step(int Kind, int Bytes, int Priority);

    private sealed class Run
    {
        private readonly PoolState state = new("pool");
        private readonly List<TestWaiter> waiting = [];
        private readonly List<AcquireRequest> held = [];
        private ulong jobs;

        public Run()
        {
            state.Apply(new PoolConfiguration { Limits = Limits, MaxWaiting = 5 });
            state.Advance(PoolPhase.Ready);
        }

        public void Take(Step step)
        {
            if (step.Kind < 60)
                Ask(step);
            else if (step.Kind < 90 && held.Count > 0)
                Release(held[step.Bytes % held.Count]);
            else if (waiting.Count > 0)
                waiting[step.Bytes % waiting.Count].IsOver = true;
            Check();
        }

        public void ReleaseAll()
        {
            while (held.Count > 0)
            {
                Release(held[0]);
                Check();
            }

            Assert.DoesNotContain(waiting, waiter => !waiter.IsOver);
            var ledger = state.Ledger;
            Assert.Equal((0, 0L, 0, 0L), (ledger.UsedWorkers, ledger.UsedBytes, ledger.HeldWorkers, ledger.HeldBytes));
        }

        private void Ask(Step step)
        {
            var request = new AcquireRequest
            {
                Job = new JobId(1, ++jobs),
                Node = new NodeId("node"),
                Bytes = step.Bytes,
                Priority = step.Priority,
                Wait = TimeSpan.FromSeconds(1),
            };
            var result = state.TryHold(request, 0);
            if (result == HoldResult.Held)
            {
                Assert.DoesNotContain(waiting, waiter => waiter.Request.Priority >= request.Priority);
                held.Add(request);
            }
            else if (state.CheckWaiting(request, result) is { } reject)
            {
                Assert.True(reject.Reason == RejectReason.QueueFull ? waiting.Count == 5 : reject.Used + reject.Requested > reject.Limit);
            }
            else
            {
                waiting.Add(new TestWaiter(request));
                state.Enqueue(waiting[^1]);
            }
        }

        private void Release(AcquireRequest request)
        {
            Assert.True(state.TryRollBack(request));
            held.Remove(request);
            state.GiveRoom(0);

            // Those that left the queue are the first ones, by priority and then by arrival.
            var inOrder = waiting.OrderByDescending(waiter => waiter.Request.Priority).ToList();
            var left = inOrder.TakeWhile(waiter => waiter.Place is null).ToList();
            Assert.All(inOrder.Skip(left.Count), waiter => Assert.True(waiter.Place is not null && waiter.HasShare is null));
            Assert.All(left, waiter => Assert.True(waiter.HasShare ?? waiter.IsOver));
            held.AddRange(left.Where(waiter => waiter.HasShare == true).Select(waiter => waiter.Request));
            waiting.RemoveAll(left.Contains);
        }

        private void Check()
        {
            Assert.Equal(held.Count, state.Ledger.UsedWorkers);
            Assert.Equal(held.Sum(request => request.Bytes), state.Ledger.UsedBytes);
            Assert.True(held.Count <= Limits.MaxWorkers && state.Ledger.UsedBytes <= Limits.MaxMemoryBytes);
            Assert.Equal(waiting.Count, state.Queue.Count);
            Assert.False(state.KeepsRoomFromWaiter());
        }
    }
}
