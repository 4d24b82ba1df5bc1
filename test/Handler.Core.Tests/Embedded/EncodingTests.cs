namespace Handler.Tests.Embedded;

/// <summary>A function is encoded while its pool is asked. Either may finish first.</summary>
public sealed class EncodingTests
{
    [Theory]
    [InlineData("closed")]
    [InlineData("open")]
    public async Task A_pool_can_reply_while_the_function_is_encoded(string parent)
    {
        await using var node = await TestNode.StartAsync(options => options
            .AddPoolSelector("by name", static (_, parameter) => [parameter!])
            .AddPool("child", static pool => pool.Selector = "by name")
            .AddPool("closed", static pool => pool.MaxWorkers = 0)
            .AddPool("open"));
        var child = node.Handler.GetPool("child");
        for (var i = 1; i <= 50; i++)
        {
            Slow.Ready = () => ChildRunsAsync(child).Result == i;
            var captured = new Slow();
            var outcome = await Wait.For(
                child.RunAsync(() => captured.Value, new JobOptions { SelectorArgument = parent, PoolTimeout = TimeSpan.FromSeconds(30) })
            ); // this tests the order, however long it takes
            if (parent == "open")
                Assert.Equal(1, outcome.GetValueOrThrow());
            else
                Assert.Equal(
                    ("closed", RejectReason.NoWorkersAvailable),
                    Assert.IsType<JobRejected>(outcome.Failure) is var reject ? (reject.Pool, reject.Reason) : default);
        }
    }

    private static async Task<long> ChildRunsAsync(IPool pool)
    {
        var totals = (await pool.GetSnapshotAsync()).Totals;
        return totals.Admitted + totals.Rejected.Values.Sum();
    }

    /// <summary>A value whose encoding waits until <see cref="Ready"/> returns true.</summary>
    public sealed class Slow
    {
        internal static Func<bool> Ready { get; set; } = static () => true;

        public int Value
        {
            get => SpinWait.SpinUntil(Ready, TimeSpan.FromSeconds(30)) ? 1 : throw new TimeoutException();
            set => _ = value;
        }
    }
}
