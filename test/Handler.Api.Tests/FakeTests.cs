namespace Application.Tests;

/// <summary>An application can replace a handler and a pool in its own tests, for functions and for actions.</summary>
public sealed class FakeTests
{
    private readonly FakeRunner runner = new();

    [Fact]
    public async Task A_fake_runs_functions_and_returns_their_values()
    {
        Assert.Equal(42, (await runner.RunAsync(static () => 42)).GetValueOrThrow());
        Assert.Equal("x", (await runner.RunAsync(static () => Task.FromResult("x"))).GetValueOrThrow());
        Assert.False((await runner.RunAsync(static token => token.CanBeCanceled)).GetValueOrThrow());
        Assert.Null((await runner.RunAsync(static () => (string?)null)).GetValueOrThrow());
    }

    [Fact]
    public async Task A_fake_runs_actions()
    {
        var calls = 0;
        Assert.Equal(new JobOutcome(), await runner.RunAsync(() => { calls++; }));
        Assert.Equal(new JobOutcome(), await runner.RunAsync(() =>
        {
            calls++;
            return Task.CompletedTask;
        }));
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_fake_reads_the_names_and_arguments_of_registered_functions()
    {
        var calls = 0;
        runner.Registered["double"] = static argument => 2 * (int)argument!;
        runner.Registered["count"] = argument => calls += argument is null ? 1 : 10;
        Assert.Equal(42, (await runner.RunRegisteredAsync<int, int>("double", 21)).GetValueOrThrow());
        Assert.True((await runner.RunRegisteredActionAsync("count")).IsSuccess);
        Assert.True((await runner.RunRegisteredActionAsync("count", "x")).IsSuccess);
        Assert.Equal(11, calls);
    }

    [Fact]
    public async Task A_fake_fails_functions_and_actions()
    {
        var failure = new JobTimedOut(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        runner.Failures.Enqueue(failure);
        runner.Failures.Enqueue(failure);
        Assert.Same(failure, (await runner.RunAsync(static () => 42)).Failure);
        Assert.Same(failure, (await runner.RunAsync(static () => { })).Failure);
    }

    [Fact]
    public async Task A_fake_gets_the_limits_and_options_of_its_caller()
    {
        var options = new JobOptions { Name = "report", Timeout = TimeSpan.FromSeconds(3) };
        await runner.RunAsync(static () => 42, options);
        await runner.RunAsync(static () => { });
        Assert.Equal([options, null], runner.Limits);
    }

    [Fact]
    public async Task Limits_of_a_registered_function_are_not_its_argument()
    {
        var arguments = new List<object?>();
        runner.Registered["f"] = argument =>
        {
            arguments.Add(argument);
            return 1;
        };
        var limits = new JobLimits { Timeout = TimeSpan.FromSeconds(3) };
        var options = new JobOptions { Name = "report" };
        await runner.RunRegisteredActionAsync("f", limits);
        await runner.RunRegisteredActionAsync("f", options);
        await runner.RunRegisteredActionAsync("f", options, CancellationToken.None);
        await runner.RunRegisteredAsync<int>("f", limits);
        await runner.RunRegisteredAsync<int>("f", options);
        Assert.Equal([null, null, null, null, null], arguments);
        await runner.RunRegisteredActionAsync("f", 42, limits);
        await runner.RunRegisteredActionAsync("f", argument: limits, options);
        await runner.RunRegisteredAsync<int, int>("f", 42, limits);
        await runner.RunRegisteredAsync<JobLimits, int>("f", limits, options);
        Assert.Equal([42, limits, 42, limits], arguments.Skip(5));
        Assert.Equal([limits, options, options, limits, options, limits, options, limits, options], runner.Limits);
    }

    [Fact]
    public async Task Limits_of_a_registered_function_that_is_started_are_not_its_argument()
    {
        var pool = new FakePool(room: 100);
        var arguments = new List<object?>();
        pool.Runner.Registered["f"] = argument =>
        {
            arguments.Add(argument);
            return 1;
        };
        var limits = new JobLimits { Timeout = TimeSpan.FromSeconds(3) };
        var options = new JobOptions { Name = "report" };
        await pool.StartRegisteredActionAsync("f", limits);
        await pool.TryStartRegisteredActionAsync("f", options, CancellationToken.None);
        await pool.StartRegisteredAsync<int>("f", options);
        await pool.TryStartRegisteredAsync<int>("f", limits);
        Assert.Equal([null, null, null, null], arguments);
        await pool.StartRegisteredActionAsync("f", 42, limits);
        await pool.TryStartRegisteredActionAsync("f", argument: limits, options);
        await pool.StartRegisteredAsync<JobLimits, int>("f", limits, options);
        await pool.TryStartRegisteredAsync<int, int>("f", 42, limits);
        Assert.Equal([42, limits, limits, 42], arguments.Skip(4));
        Assert.Equal([limits, options, options, limits, limits, options, options, limits], pool.Runner.Limits);
    }

    [Fact]
    public async Task A_fake_pool_starts_functions_and_actions_and_rejects_them()
    {
        var pool = new FakePool(room: 2);
        await using var job = await pool.StartAsync(static () => 42);
        Assert.Equal(42, (await job.Outcome).GetValueOrThrow());
        await using var action = await pool.StartAsync(static () => { });
        Assert.True((await action.Outcome).IsSuccess);
        Assert.NotEqual(job.Id, action.Id);

        var start = await pool.TryStartAsync(static () => { });
        Assert.Equal(new JobRejected("fake", RejectReason.NoWorkersAvailable, 1, 2, 2), start.Reject);
        await Assert.ThrowsAsync<JobRejectedException>(() => pool.StartAsync(static () => 42));
        Assert.True(await job.KillAsync());
        Assert.False(await job.KillAsync());
    }

    [Fact]
    public void A_handle_has_an_id_and_an_outcome()
    {
        var outcome = Task.FromResult(JobOutcome.FromValue(42));
        Assert.Contains("id", Assert.Throws<ArgumentException>(() => new FakeHandle<int>(default, new FakePool(0), outcome)).Message);
        Assert.Throws<ArgumentNullException>(() => new FakeHandle<int>(new JobId(1, 1), new FakePool(0), null!));
    }

    [Fact]
    public void The_parts_of_a_function_are_readable()
    {
        var code = () => 42;
        Assert.Same(code, new JobFunction<int>(code).Delegate);
        var registered = JobFunction<int>.Registered("double", 21);
        Assert.Equal((null, "double", 21), (registered.Delegate, registered.Name, (int)registered.Argument!));
        Assert.Null(JobFunction<int>.Registered("double").Argument);
    }
}
