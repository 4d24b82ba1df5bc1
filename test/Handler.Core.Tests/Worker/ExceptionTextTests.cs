using System.Reflection;

namespace Handler.Tests;

/// <summary>A job's exception is reported with type, message and text, however many inner exceptions it has.</summary>
public sealed class ExceptionTextTests : IAsyncLifetime
{
    private TestNode node = null!;

    public async Task InitializeAsync() => node = await TestNode.StartAsync(options => (options.MaxWorkers, options.SpareWorkers) = (1, 0));

    public Task DisposeAsync() => node.DisposeAsync().AsTask();

    [Theory]
    [InlineData("retries", 12_000, "attempt 11999")]
    [InlineData("inner", 100_000, "number 99999")]
    [InlineData("aggregates", 20_000, "number 19999")]
    [InlineData("aggregate", 200_000, "many")]
    [InlineData("circle", 2, "number 1")]
    public async Task An_exception_with_more_than_100_inner_exceptions_is_a_failure_whose_text_states_that(
        string kind,
        int count,
        string message)
    {
        var outcome = Assert.IsType<JobFailed>(
            (await node.Run(() => Exceptions.Throw(kind, count), new JobLimits { MaxHeapBytes = 200 << 20 })).Failure);
        Assert.Equal(message, outcome.ExceptionMessage);
        Assert.StartsWith($"{outcome.ExceptionType}: {message}", outcome.ExceptionText, StringComparison.Ordinal);
        Assert.Contains(nameof(Exceptions.Throw), outcome.ExceptionText, StringComparison.Ordinal);
        Assert.Contains("there are more than 100 inner exceptions", outcome.ExceptionText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_with_99_inner_exceptions_is_reported_in_full()
    {
        var outcome = Assert.IsType<JobFailed>((await node.Run(static () => Exceptions.Throw("inner", 99))).Failure);
        Assert.Contains("number 0", outcome.ExceptionText, StringComparison.Ordinal);
        Assert.Contains("--- End of inner exception stack trace ---", outcome.ExceptionText, StringComparison.Ordinal);
    }

    private static class Exceptions
    {
        public static void Throw(string kind, int count)
        {
            Exception last = new InvalidOperationException("number 0");
            for (var i = 1; i < count; i++)
            {
                last = kind switch
                {
                    "retries" => Catch(new InvalidOperationException($"attempt {i}", last)),
                    "aggregates" => new AggregateException($"number {i}", last),
                    _ => new InvalidOperationException($"number {i}", last),
                };
            }

            if (kind == "circle")
                typeof(Exception)
                    .GetField("_innerException", BindingFlags.Instance | BindingFlags.NonPublic)!
                    .SetValue(last.InnerException, last);
            throw kind == "aggregate"
                ? new AggregateException("many", Enumerable.Range(0, count).Select(static _ => new InvalidOperationException("one")))
                : last;
        }

        private static Exception Catch(Exception exception)
        {
            try
            {
                throw exception;
            }
            catch (InvalidOperationException caught)
            {
                return caught;
            }
        }
    }
}
