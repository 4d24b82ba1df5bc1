using Handler.Functions;

namespace Handler.Tests.Functions;

public sealed class CurrentJsonTests
{
    private const int MaxBytes = 1000;

    [Fact]
    public void A_thread_on_which_nothing_was_written_or_read_has_no_limit_and_no_result()
        => Assert.Equal((int.MaxValue, false), OnNewThread(static () => { }));

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_host_reads_results_and_a_worker_writes_them(bool isHosts, bool isResultWhenWriting)
    {
        var json = new CurrentJson(MaxBytes, isHosts);
        Assert.Equal((MaxBytes, isResultWhenWriting), OnNewThread(json.BeginWriting));
        Assert.Equal((MaxBytes, !isResultWhenWriting), OnNewThread(json.BeginReading));
    }

    [Fact]
    public void The_last_value_that_was_begun_on_a_thread_counts()
        => Assert.Equal(
            (MaxBytes, false),
            OnNewThread(static () =>
            {
                new CurrentJson(1, isHosts: true).BeginReading();
                new CurrentJson(MaxBytes, isHosts: true).BeginWriting();
            }));

    private static (int BytesAllowed, bool IsResult) OnNewThread(Action begin)
    {
        (int, bool) seen = default;
        var thread = new Thread(() =>
        {
            begin();
            seen = (CurrentJson.BytesAllowed, CurrentJson.IsResult);
        });
        thread.Start();
        thread.Join();
        return seen;
    }
}
