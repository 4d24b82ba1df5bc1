using Handler.Shared;

namespace Handler.Contract;

/// <summary>The base class of all contracts: a handler that ends with its test, and the jobs of the scenarios.</summary>
public abstract class HandlerContract<TSource> : IAsyncLifetime
    where TSource : IHandlerSource, new()
{
    /// <summary>Options for jobs whose pools may take as long to reply as a busy machine needs.</summary>
    protected static readonly JobOptions Unhurried = new() { PoolTimeout = TimeSpan.FromMinutes(1) };

    private IHandler? handler;

    /// <summary>The handler of this test.</summary>
    protected IHandler Handler => handler ?? throw new InvalidOperationException("The test has not started a handler.");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        OpenGates();
        if (handler is not null)
            await Soon(handler.DisposeAsync().AsTask(), "the handler to be disposed");
    }

    /// <summary>Releases everything that the test blocks, so that the handler can end.</summary>
    protected virtual void OpenGates()
    {
    }

    /// <summary>Starts the handler of this test.</summary>
    protected async Task StartAsync(Action<HandlerOptions>? configure = null)
        => handler = await Soon(new TSource().StartAsync(configure ?? (static _ => { })), "the start of a handler");

    /// <summary>Starts the handler of this test with one pool.</summary>
    protected async Task<IPool> StartWithPoolAsync(int maxWorkers = 10, long maxMemoryBytes = 1L << 30)
    {
        await StartAsync(options => options.AddPool("pool", Limits(maxWorkers, maxMemoryBytes)));
        return Handler.GetPool("pool");
    }

    /// <summary>Starts the handler of this test with a pool and its parent.</summary>
    protected async Task<(IPool Child, IPool Parent)> StartWithChildAsync(
        int childWorkers = 10,
        int parentWorkers = 10,
        long parentBytes = 1L << 30)
    {
        await StartAsync(options =>
            options.AddPool("child", Limits(childWorkers, 1L << 30, "parent")).AddPool("parent", Limits(parentWorkers, parentBytes)));
        return (Handler.GetPool("child"), Handler.GetPool("parent"));
    }

    protected static Action<PoolOptions> Limits(int maxWorkers, long maxMemoryBytes = 1L << 30, string? parent = null) => pool =>
    {
        pool.MaxWorkers = maxWorkers;
        pool.MaxMemoryBytes = maxMemoryBytes;
        pool.Parent = parent;
    };

    /// <summary>A job that ends only when it is killed.</summary>
    protected static Task<JobHandle> StartEndless(IPool pool, JobOptions? options = null, CancellationToken cancellationToken = default)
        => Soon(
            pool.StartAsync(static () => Thread.Sleep(Timeout.Infinite), options ?? Unhurried, cancellationToken),
            "a job to be admitted");

    protected static Task<JobOutcome<int>> RunShort(IPool pool, JobOptions? options = null)
        => Soon(pool.RunAsync(static () => 42, options ?? Unhurried), "the outcome of a short job");

    protected static async Task AssertUserKilled(JobHandle job, string reason = "User killed the process")
    {
        var killed = Assert.IsType<JobKilled>((await Soon(job.Outcome, "the outcome of a killed job")).Failure);
        Assert.Equal((KillCause.UserKilled, reason, reason), (killed.Cause, killed.Reason, killed.Message));
    }

    protected static async Task AssertUsed(IPool pool, int workers, long bytes = -1)
    {
        var now = await pool.GetSnapshotAsync();
        Assert.Equal((pool.Name, workers), (now.Pool, now.UsedWorkers));
        if (bytes >= 0 || workers == 0)
            Assert.Equal(Math.Max(0, bytes), now.UsedBytes);
    }

    protected static Task<T> Soon<T>(Task<T> task, string what) => Wait.For(task, what);

    protected static Task Soon(Task task, string what) => Wait.For(task, what);

    /// <summary>Waits for a condition that raises no event.</summary>
    protected static Task Until(Func<Task<bool>> condition, string what) => Wait.Until(condition, () => what);
}
