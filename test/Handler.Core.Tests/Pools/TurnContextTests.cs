using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class TurnContextTests
{
    private readonly TurnContext turns = new();

    [Fact]
    public async Task What_is_called_outside_does_not_keep_other_threads_from_their_turns()
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
    public void Outside_of_every_turn_it_is_called_at_once()
        => Assert.True(turns.CallOutside(() => ValueTask.FromResult(true)) is { IsCompletedSuccessfully: true, Result: true });

    [Fact]
    public async Task The_answer_comes_back_as_a_turn()
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
    public async Task What_the_call_throws_is_the_answer()
    {
        ValueTask<int> thrown, failed, canceled;
        using (turns.Enter())
        {
            thrown = turns.CallOutside<int>(() => throw new FormatException("synchronously"));
            failed = turns.CallOutside(() => ValueTask.FromException<int>(new FormatException("later")));
            canceled = turns.CallOutside(() => ValueTask.FromCanceled<int>(new CancellationToken(canceled: true)));
        }

        Assert.Equal("synchronously", (await Assert.ThrowsAsync<FormatException>(() => thrown.AsTask())).Message);
        Assert.Equal("later", (await Assert.ThrowsAsync<FormatException>(() => failed.AsTask())).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled.AsTask());
        Assert.True(canceled.IsCanceled);
    }

    /// <summary>Whether another thread gets a turn while this one waits.</summary>
    private bool AnotherThreadGetsATurn()
    {
        var thread = new Thread(() => turns.Enter().Dispose()) { IsBackground = true };
        thread.Start();
        return thread.Join(TimeSpan.FromSeconds(30));
    }
}
