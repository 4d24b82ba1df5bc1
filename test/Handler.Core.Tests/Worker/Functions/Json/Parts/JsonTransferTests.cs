using Handler.Functions;

namespace Handler.Tests.Functions;

public sealed class JsonTransferTests
{
    private const int MaxBytes = 1000;

    [Fact]
    public void A_thread_on_which_nothing_was_transferred_has_no_limit_and_no_result()
        => Assert.Equal((int.MaxValue, false), OnNewThread(static () => { }));

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_host_reads_results_and_a_worker_writes_them(bool isHosts, bool isResultWhenWriting)
    {
        var transfer = new JsonTransfer(MaxBytes, isHosts);
        Assert.Equal((MaxBytes, isResultWhenWriting), OnNewThread(transfer.BeginWriting));
        Assert.Equal((MaxBytes, !isResultWhenWriting), OnNewThread(transfer.BeginReading));
    }

    [Fact]
    public void The_last_transfer_that_began_on_a_thread_counts()
        => Assert.Equal(
            (MaxBytes, false),
            OnNewThread(static () =>
            {
                new JsonTransfer(1, isHosts: true).BeginReading();
                new JsonTransfer(MaxBytes, isHosts: true).BeginWriting();
            }));

    private static (int BytesAllowed, bool IsResult) OnNewThread(Action begin)
    {
        (int, bool) seen = default;
        var thread = new Thread(() =>
        {
            begin();
            seen = (JsonTransfer.BytesAllowed, JsonTransfer.IsResult);
        });
        thread.Start();
        thread.Join();
        return seen;
    }
}
