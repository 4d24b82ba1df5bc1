using Handler.Hosting;

namespace Handler.Tests.Hosting;

public sealed class StartedRunnerTests
{
    private static readonly JobFunction<int> FortyTwo = new((Func<int>)(static () => 42));

    [Fact]
    public async Task A_caller_that_cancels_before_the_start_gets_the_outcome_of_a_cancelled_job()
    {
        var token = new CancellationToken(canceled: true);
        var outcome = await StartedRunner.RunAsync(Task.FromCanceled<IPool>(token), FortyTwo, null, token);
        var killed = Assert.IsType<JobKilled>(outcome.Failure);
        Assert.Equal(KillCause.CallerCancelled, killed.Cause);
        Assert.Equal(token, Assert.ThrowsAny<OperationCanceledException>(outcome.ThrowIfFailed).CancellationToken);
    }

    [Fact]
    public async Task A_start_that_fails_or_is_cancelled_by_someone_else_throws()
    {
        var failure = new WorkerStartException("no");
        Assert.Same(
            failure,
            await Assert.ThrowsAsync<WorkerStartException>(
                () => StartedRunner.RunAsync(Task.FromException<IPool>(failure), FortyTwo, null, CancellationToken.None)));
        var cancelled = Task.FromCanceled<IPool>(new CancellationToken(canceled: true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => StartedRunner.RunAsync(cancelled, FortyTwo, null, CancellationToken.None));
    }
}
