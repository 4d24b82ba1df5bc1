namespace Handler.Tests.Nodes;

/// <summary>On which thread a caller gets its outcome, and that the calling thread survives it.</summary>
public sealed class OutcomeDeliveryTests
{
    private readonly TestDispatch parts = new();

    [Fact]
    public void A_job_whose_caller_continues_elsewhere_is_completed_before_this_returns()
    {
        var job = new TestJob(1);
        parts.Delivery.Deliver(job);
        Assert.True(job.Completed.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_job_whose_caller_may_continue_inline_is_completed_on_the_thread_for_outcomes()
    {
        var job = new TestJob(1, outcomes: parts.Threads.Outcomes);
        parts.Delivery.Deliver(job);
        Assert.False(job.Completed.IsCompleted);
        parts.Threads.Outcomes.DoWaiting();
        Assert.True(job.Completed.IsCompletedSuccessfully);
    }

    [Fact]
    public void An_inline_delivery_completes_the_job_in_the_execution_context_of_its_caller()
    {
        var local = new AsyncLocal<string> { Value = "caller" };
        var context = ExecutionContext.Capture()!;
        local.Value = "worker";
        string? seen = null;
        var job = new TestJob(1, outcomes: parts.Threads.Outcomes) { WhenCompleted = () => seen = local.Value };
        Assert.True(parts.Delivery.DeliverInline(job, context, TestWorkers.New().Inline));
        Assert.Equal(("caller", "worker"), (seen, local.Value));
        Assert.True(job.Completed.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_delivery_that_throws_is_logged_and_the_thread_goes_on()
    {
        var refused = new OutOfMemoryException("no thread");
        parts.Delivery.Deliver(new TestJob(1) { WhenCompleted = () => throw refused });
        var job = new TestJob(2) { WhenCompleted = () => throw refused };
        parts.Delivery.DeliverInline(job, ExecutionContext.Capture()!, TestWorkers.New().Inline);
        Assert.Equal([refused, refused], parts.Logger.Lines.Select(static line => line.Exception));
    }

    [Fact]
    public void A_job_that_no_worker_has_run_gets_its_failure_without_usage_and_output()
    {
        var (job, failure) = (new TestJob(1), new JobLost("why"));
        parts.Delivery.Deliver(job, failure);
        Assert.Same(failure, job.Failure);
        Assert.Equal((null, null), (job.Usage, job.Output));
        Assert.True(job.Completed.IsCompletedSuccessfully);
    }
}
