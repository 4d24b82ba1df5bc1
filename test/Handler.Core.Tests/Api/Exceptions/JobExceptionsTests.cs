using System.Runtime.CompilerServices;

namespace Handler.Tests.Api;

public sealed class JobExceptionsTests
{
    private static readonly JobUsage Usage = new() { WorkerPid = 42 };

    public static TheoryData<Type> Failures
        => [.. typeof(JobFailure).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(JobFailure)))];

    [Theory]
    [MemberData(nameof(Failures))]
    public void Each_failure_has_an_exception_that_carries_it(Type failure)
    {
        var instance = (JobFailure)RuntimeHelpers.GetUninitializedObject(failure);
        if (instance is JobKilled)
            instance = new JobKilled(KillCause.UserKilled, "why");
        var exception = Assert.IsAssignableFrom<JobException>(JobExceptions.Of(instance, Usage));
        Assert.Same(instance, exception.Failure);
        Assert.Equal(instance is JobRejected ? null : Usage, exception.Usage);
    }

    [Fact]
    public void An_exception_without_a_failure_is_refused()
    {
        Assert.Equal("failure", Assert.Throws<ArgumentNullException>(static () => new JobRejectedException(null!)).ParamName);
        Assert.Equal("failure", Assert.Throws<ArgumentNullException>(static () => new JobLostException(null!, Usage)).ParamName);
    }

    [Fact]
    public void The_callers_cancellation_is_an_OperationCanceledException_with_the_callers_token()
    {
        using var source = new CancellationTokenSource();
        var exception = Assert.IsType<OperationCanceledException>(JobExceptions.Of(JobKilled.CallerCancelled(source.Token), Usage));
        Assert.Equal(source.Token, exception.CancellationToken);
    }
}
