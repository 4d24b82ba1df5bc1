using Handler.Infrastructure;
using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class TurnContextTests
{
    private readonly TurnContext turns = new();

    [Fact]
    public async Task An_outside_call_does_not_block_the_turns_of_other_threads()
    {
        ValueTask<bool> call;
        using (turns.Enter())
        {
            call = turns.CallOutside(() => ValueTask.FromResult(AnotherThreadGetsATurn()));
            Assert.False(call.IsCompleted);
        }

        Assert.True(await call);
    }

    [Fact]
    public void Outside_of_every_turn_the_call_runs_synchronously()
        => Assert.True(turns.CallOutside(() => ValueTask.FromResult(true)) is { IsCompletedSuccessfully: true, Result: true });

    [Fact]
    public async Task The_caller_of_an_outside_call_continues_in_a_turn()
    {
        Task<bool> inTurn;
        using (turns.Enter())
            inTurn = AskAsync();
        Assert.True(await inTurn);

        async Task<bool> AskAsync()
        {
            await turns.CallOutside(async () =>
            {
                await Task.Yield();
                return true;
            });
            return !turns.CallOutside(static () => ValueTask.FromResult(true)).IsCompleted; // in a turn, it is called after the turn
        }
    }

    [Fact]
    public async Task The_exception_of_an_outside_call_reaches_its_caller()
    {
        ValueTask<int> thrown, failed, cancelled;
        using (turns.Enter())
        {
            thrown = turns.CallOutside<int>(() => throw new FormatException("synchronously"));
            failed = turns.CallOutside(() => ValueTask.FromException<int>(new FormatException("later")));
            cancelled = turns.CallOutside(() => ValueTask.FromCanceled<int>(new CancellationToken(canceled: true)));
        }

        Assert.Equal("synchronously", (await Assert.ThrowsAsync<FormatException>(() => thrown.AsTask())).Message);
        Assert.Equal("later", (await Assert.ThrowsAsync<FormatException>(() => failed.AsTask())).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.AsTask());
        Assert.True(cancelled.IsCanceled);
    }

    [Fact]
    public async Task A_thread_does_not_continue_the_work_of_others_for_long()
    {
        const int Many = 1_000;
        var here = Environment.CurrentManagedThreadId;
        var (first, done) = (0, 0);
        var all = new TaskCompletionSource();
        using (turns.Enter())
        {
            for (var i = 0; i < Many; i++)
                turns.Post(Continue, null);
        }

        Assert.InRange(Volatile.Read(ref first), 1, Tuning.Pools.MaxContinuations * (1 + Tuning.Pools.MaxFurtherTurns));
        await Wait.For(all.Task, "the rest of the work");

        void Continue(object? state)
        {
            Assert.IsType<TurnContext>(SynchronizationContext.Current);
            if (Environment.CurrentManagedThreadId == here)
                first++;
            if (++done == Many)
                all.SetResult();
        }
    }

    [Fact]
    public void A_thread_gets_its_turn_while_there_is_much_to_continue()
    {
        var stop = false;
        using (turns.Enter())
        {
            for (var i = 0; i < 100; i++)
                turns.Post(Continue, null);
        }

        for (var i = 0; i < 10; i++)
            turns.Enter().Dispose(); // otherwise this would wait forever
        using (turns.Enter())
            stop = true;

        void Continue(object? state)
        {
            if (!stop)
                turns.Post(Continue, null);
        }
    }

    [Fact]
    public void A_turn_within_a_turn_leaves_what_comes_afterwards_to_the_outer_one()
    {
        var thread = 0;
        using (turns.Enter())
        {
            turns.Afterwards(() => thread = Environment.CurrentManagedThreadId);
            turns.Enter().Dispose();
            Assert.Equal(0, thread);
        }

        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }

    /// <summary>Whether another thread gets a turn while this one waits.</summary>
    private bool AnotherThreadGetsATurn()
    {
        var thread = new Thread(() => turns.Enter().Dispose()) { IsBackground = true };
        thread.Start();
        return thread.Join(TimeSpan.FromSeconds(30));
    }
}
