using Handler.BadJobs;

namespace Handler.Tests.Embedded;

/// <summary>A function is encoded while its pool is asked. Either may finish first.</summary>
public sealed class EncodingTests
{
    /// <summary>This tests the order, however long it takes.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("closed")]
    [InlineData("open")]
    public async Task A_pool_can_reply_while_the_function_is_encoded(string parent)
    {
        using var folder = new TemporaryFolder();
        await using var node = await TestNode.StartAsync(options => options
            .AddPoolSelector("by name", static (_, parameter) => [parameter!])
            .AddPool("child", static pool => pool.Selector = "by name")
            .AddPool("closed", static pool => pool.MaxWorkers = 0)
            .AddPool("open"));
        var child = node.Handler.GetPool("child");
        for (var i = 1; i <= 50; i++)
        {
            var captured = new Slow { Ready = folder.File($"{i}") };
            var options = new JobOptions { SelectorArgument = parent, PoolTimeout = Long };
            var call = Task.Run(() => child.RunAsync(() => captured.Value, options));
            await Wait.Until(async () => await RepliesAsync(child) == i, () => "the pool to reply while the function is encoded");
            Signs.Leave(captured.Ready);
            var outcome = await Wait.For(call);
            if (parent == "open")
                Assert.Equal(1, outcome.GetValueOrThrow());
            else
                Assert.Equal(
                    ("closed", RejectReason.NoWorkersAvailable),
                    Assert.IsType<JobRejected>(outcome.Failure) is var reject ? (reject.Pool, reject.Reason) : default);
        }
    }

    private static async Task<long> RepliesAsync(IPool pool)
    {
        var totals = (await pool.GetSnapshotAsync()).Totals;
        return totals.Admitted + totals.Rejected.Values.Sum();
    }

    /// <summary>A value whose encoding waits for a sign.</summary>
    public sealed class Slow
    {
        /// <summary>The path of the sign.</summary>
        public string Ready { get; set; } = "";

        public int Value
        {
            get
            {
                Signs.Await(Ready);
                return 1;
            }
            set => _ = value;
        }
    }
}
