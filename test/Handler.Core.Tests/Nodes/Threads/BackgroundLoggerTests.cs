using Handler.BadJobs;
using Handler.Infrastructure;
using Handler.Nodes;
using Handler.Platform;
using Microsoft.Extensions.Logging;

namespace Handler.Tests.Nodes;

/// <summary>
/// The logger is the application's code: it may block, throw or call the handler that logs. This costs log lines, never jobs.
/// </summary>
public sealed class BackgroundLoggerTests
{
    private static readonly EventId Id = new(1);

    [Fact]
    public async Task A_blocked_logger_does_not_delay_the_start_the_end_or_the_timeout_of_a_job()
    {
        using var logger = new GatedLogger();
        await using var node = await TestNode.StartAsync(logger: logger);
        var endless = node.Run(CpuHogs.TightLoop, new JobLimits { Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal(1, (await node.Run(Leftovers.SleepingThread)).GetValueOrThrow());
        await Wait.For(logger.Blocked, "a line that blocks the logger");
        Assert.Equal(1, (await node.Run(static () => 1)).GetValueOrThrow());
        Assert.IsType<JobTimedOut>((await endless).Failure);
        await TestNode.KillIdle((await node.Run(static () => Environment.ProcessId)).GetValueOrThrow());
        Assert.Equal(1, (await node.Run(static () => 1)).GetValueOrThrow());
        logger.Open();
        node.FlushLog();
        Assert.Contains(1006, logger.Written);
    }

    [Fact]
    public async Task A_logger_may_run_a_job_on_the_handler_that_logs_and_wait_for_it()
    {
        var handler = new TaskCompletionSource<IHandler>();
        var response = new TaskCompletionSource<JobOutcome<int>>();
        await using var node = await TestNode.StartAsync(
            logger: new CallingLogger(() => response.TrySetResult(handler.Task.Result.RunAsync(static () => 42).Result)));
        handler.SetResult(node.Handler);
        Assert.Equal(1, (await node.Run(Leftovers.SleepingThread)).GetValueOrThrow());
        Assert.Equal(42, (await Wait.For(response.Task, "the outcome of the logger's job")).GetValueOrThrow());
    }

    [Fact]
    public async Task A_logger_may_dispose_the_handler_that_logs()
    {
        var handler = new TaskCompletionSource<IHandler>();
        var disposed = new TaskCompletionSource();
        await using var node = await TestNode.StartAsync(logger: new CallingLogger(() =>
        {
            handler.Task.Result.DisposeAsync().AsTask().Wait();
            disposed.TrySetResult();
        }));
        handler.SetResult(node.Handler);
        Assert.Equal(1, (await node.Run(Leftovers.SleepingThread)).GetValueOrThrow());
        await Wait.For(disposed.Task, "the handler that its logger disposes");
    }

    [Fact]
    public async Task Dispose_does_not_wait_for_a_logger_that_never_returns()
    {
        using var logger = new GatedLogger();
        var node = await TestNode.StartAsync(logger: logger);
        Assert.Equal(1, (await node.Run(Leftovers.SleepingThread)).GetValueOrThrow());
        await Wait.For(logger.Blocked, "a line that blocks the logger");
        await node.DisposeAsync();
        Assert.DoesNotContain(1006, logger.Written); // it has not returned from that line
    }

    [Fact]
    public async Task Close_waits_for_the_lines_to_be_written()
    {
        using var inner = new GatedLogger();
        var logger = new BackgroundLogger(inner, new LinuxPlatform(), static start => start()) { ClosePatience = TimeSpan.FromHours(1) };
        logger.LogError(Id, "first");
        logger.LogInformation(Id, "second");
        await Wait.For(inner.Blocked, "the first line");
        var closing = Task.Factory.StartNew(
            () =>
            {
                logger.Close();
                return inner.Texts.ToArray();
            },
            TaskCreationOptions.LongRunning);
        inner.Open();
        Assert.Equal(["first", "second"], await Wait.For(closing, "the close"));
    }

    [Fact]
    public async Task Lines_that_are_not_written_when_the_patience_is_over_are_lost()
    {
        using var inner = new GatedLogger();
        var logger = new BackgroundLogger(inner, new LinuxPlatform(), static start => start()) { ClosePatience = TimeSpan.Zero };
        logger.LogError(Id, "first");
        logger.LogInformation(Id, "second");
        await Wait.For(inner.Blocked, "the first line");
        logger.Close();
        logger.LogInformation(Id, "third");
        inner.Open();
        Assert.True(logger.Flush(TimeSpan.FromSeconds(30)));
        Assert.Equal(["first"], inner.Texts);
    }

    [Fact]
    public async Task Log_lines_are_written_before_Dispose_returns()
    {
        var logger = new RecordingLogger();
        var node = await TestNode.StartAsync(logger: logger);
        Assert.True(await node.Handler.TryAddPoolAsync("pool"));
        await node.DisposeAsync();
        Assert.Contains(logger.Lines, static line => line.Text.StartsWith("Pool pool was added", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_logger_that_throws_loses_only_its_own_lines()
    {
        await using var node = await TestNode.StartAsync(logger: new RecordingLogger { Throws = true });
        Assert.Equal(1, (await node.Run(Leftovers.SleepingThread)).GetValueOrThrow());
        Assert.Equal(1, (await node.Run(static () => 1)).GetValueOrThrow());
        node.FlushLog();
    }

    [Fact]
    public async Task Log_lines_that_exceed_the_buffer_are_counted_and_the_count_is_logged()
    {
        using var inner = new GatedLogger();
        var logger = new BackgroundLogger(inner, new LinuxPlatform(), static start => start());
        logger.LogError(Id, "first");
        await Wait.For(inner.Blocked, "the first line");
        for (var i = 0; i < Tuning.Log.MaxLines + 7; i++)
            logger.LogInformation(Id, "line");
        inner.Open();
        Assert.True(logger.Flush(TimeSpan.FromSeconds(30)));
        logger.Close();
        Assert.Equal(Tuning.Log.MaxLines + 1, inner.Written.Count(static id => id == Id.Id));
        Assert.StartsWith("7 log lines of Handler were dropped", Assert.Single(inner.Texts, static text => text.Contains("dropped")));
    }

    [Fact]
    public void Lines_are_kept_while_the_log_thread_is_refused_and_written_once_it_is_granted()
    {
        var inner = new RecordingLogger();
        var platform = new ScriptedPlatform(static (_, _) => { }) { RefusesThread = static _ => true };
        var logger = new BackgroundLogger(inner, platform, static start => start());
        logger.LogError(Id, "first");
        Assert.False(logger.Flush(TimeSpan.FromSeconds(30)));
        platform.RefusesThread = static _ => false;
        logger.LogError(Id, "second");
        Assert.True(logger.Flush(TimeSpan.FromSeconds(30)));
        Assert.Equal(["first", "second"], inner.Lines.Select(static line => line.Text));
        logger.Close();
    }

    [Fact]
    public void A_line_is_written_in_the_context_of_the_code_that_logged_it()
    {
        var value = new AsyncLocal<string>();
        string? seen = null;
        var logger = new BackgroundLogger(new CallingLogger(() => seen = value.Value), new LinuxPlatform(), static start => start());
        value.Value = "caller";
        logger.LogError(Id, "line");
        value.Value = "later";
        Assert.True(logger.Flush(TimeSpan.FromSeconds(30)));
        logger.Close();
        Assert.Equal("caller", seen);
    }

    /// <summary>Blocks on each line of level warning or higher until it is opened.</summary>
    private sealed class GatedLogger : ILogger, IDisposable
    {
        private readonly RecordingLogger lines = new();
        private readonly ManualResetEventSlim gate = new();
        private readonly TaskCompletionSource blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Blocked => blocked.Task;

        public IEnumerable<int> Written => lines.Lines.Select(static line => line.Id);

        public IEnumerable<string> Texts => lines.Lines.Select(static line => line.Text);

        public void Open() => gate.Set();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                blocked.TrySetResult();
                gate.Wait();
            }

            lines.Log(logLevel, eventId, state, exception, formatter);
        }

        public void Dispose() => Open(); // a thread may still wait on the event, so it is not disposed
    }
}
