namespace Handler.Contract;

/// <summary>Registered functions, which are run and started by name.</summary>
public abstract class RegisteredContract<TSource> : HandlerContract<TSource>
    where TSource : IHandlerSource, new()
{
    [Fact]
    public async Task A_registered_function_runs_with_and_without_a_pool()
    {
        var pool = await StartWithPoolAsync();
        foreach (var runner in (IJobRunner[])[Handler, pool])
        {
            var process = await Soon(runner.RunRegisteredAsync<int>("contract.process", Options(runner)), "a process id");
            Assert.NotEqual(Environment.ProcessId, process.GetValueOrThrow());
            var value = await Soon(runner.RunRegisteredAsync<int, int>("contract.double", 21, Options(runner)), "a value");
            Assert.Equal(42, value.GetValueOrThrow());
            (await Soon(runner.RunRegisteredActionAsync("contract.nothing", Options(runner)), "an action")).ThrowIfFailed();
            (await Soon(runner.RunRegisteredActionAsync("contract.sleep", 0, Options(runner)), "an action")).ThrowIfFailed();
        }

        static JobOptions? Options(IJobRunner runner) => runner is IPool ? Unhurried : null;
    }

    [Fact]
    public async Task A_registered_function_is_started_and_returns_its_value_in_its_outcome()
    {
        var pool = await StartWithPoolAsync();
        await using var process = await Soon(pool.StartRegisteredAsync<int>("contract.process", Unhurried), "a start");
        Assert.NotEqual(Environment.ProcessId, (await Soon(process.Outcome, "a process id")).GetValueOrThrow());
        await using var value = await Soon(pool.StartRegisteredAsync<int, int>("contract.double", 21, Unhurried), "a start");
        Assert.Equal(42, (await Soon(value.Outcome, "a value")).GetValueOrThrow());
        await AssertUsed(pool, 0);
    }

    [Fact]
    public async Task A_registered_action_is_started_and_can_be_killed()
    {
        var pool = await StartWithPoolAsync();
        await using var nothing = await Soon(pool.StartRegisteredActionAsync("contract.nothing", Unhurried), "a start");
        (await Soon(nothing.Outcome, "the outcome of an action")).ThrowIfFailed();
        await using var sleep = await Soon(pool.StartRegisteredActionAsync("contract.sleep", Timeout.Infinite, Unhurried), "a start");
        await AssertUsed(pool, 1);
        Assert.True(await Soon(sleep.KillAsync(), "a kill"));
        await AssertUserKilled(sleep);
        await AssertUsed(pool, 0);
    }

    [Fact]
    public async Task An_attempt_to_start_a_registered_function_returns_its_handle()
    {
        var pool = await StartWithPoolAsync();
        var process = await Soon(pool.TryStartRegisteredAsync<int>("contract.process", Unhurried), "a start");
        Assert.NotEqual(Environment.ProcessId, (await Soon(process.Job!.Outcome, "a process id")).GetValueOrThrow());
        var value = await Soon(pool.TryStartRegisteredAsync<int, int>("contract.double", 21, Unhurried), "a start");
        Assert.Equal(42, (await Soon(value.Job!.Outcome, "a value")).GetValueOrThrow());
        var nothing = await Soon(pool.TryStartRegisteredActionAsync("contract.nothing", Unhurried), "a start");
        (await Soon(nothing.Job!.Outcome, "the outcome of an action")).ThrowIfFailed();
        var sleep = await Soon(pool.TryStartRegisteredActionAsync("contract.sleep", 0, Unhurried), "a start");
        (await Soon(sleep.Job!.Outcome, "the outcome of an action")).ThrowIfFailed();
    }

    [Fact]
    public async Task A_start_of_a_registered_function_that_is_not_admitted_throws_or_returns_the_reject()
    {
        var pool = await StartWithPoolAsync(maxWorkers: 0);
        foreach (var start in (Func<Task>[])
            [
                () => pool.StartRegisteredAsync<int>("contract.process", Unhurried),
                () => pool.StartRegisteredAsync<int, int>("contract.double", 21, Unhurried),
                () => pool.StartRegisteredActionAsync("contract.nothing", Unhurried),
                () => pool.StartRegisteredActionAsync("contract.sleep", 0, Unhurried),
            ])
            Assert.Equal(RejectReason.NoWorkersAvailable, (await Assert.ThrowsAsync<JobRejectedException>(start)).Failure.Reason);
        Assert.Equal(
            Enumerable.Repeat<RejectReason?>(RejectReason.NoWorkersAvailable, 4),
            [
                (await pool.TryStartRegisteredAsync<int>("contract.process", Unhurried)).Reject?.Reason,
                (await pool.TryStartRegisteredAsync<int, int>("contract.double", 21, Unhurried)).Reject?.Reason,
                (await pool.TryStartRegisteredActionAsync("contract.nothing", Unhurried)).Reject?.Reason,
                (await pool.TryStartRegisteredActionAsync("contract.sleep", 0, Unhurried)).Reject?.Reason,
            ]);
    }
}
