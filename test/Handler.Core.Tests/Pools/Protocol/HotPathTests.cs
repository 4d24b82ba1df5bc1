using Handler.Pools;
using Handler.Tests.Embedded;

namespace Handler.Tests.Pools;

public class HotPathTests
{
    private readonly DirectPools pools = new();

    [Fact]
    public void Without_contention_everything_completes_synchronously()
    {
        pools.Add("shared", 10);
        pools.Add("customer", 10, parent: "shared");
        pools.End(pools.Run("customer"));
        var call = pools.Node.AdmitAsync(InProcessPoolsTests.Request("customer"));
        Assert.True(call.IsCompletedSuccessfully);
        var release = pools.Node.EndAsync(call.Now().Lease!, LeaseOutcome.Completed);
        Assert.True(release.IsCompletedSuccessfully && release.Now());
    }

    [Fact]
    public void An_admission_allocates_the_same_memory_for_a_chain_of_any_length()
    {
        pools.Add("root", 10);
        pools.Add("middle", 10, parent: "root");
        pools.Add("customer", 10, parent: "middle");
        Assert.InRange(AllocatedPerCall("root"), 1, 120);
        Assert.Equal(AllocatedPerCall("root"), AllocatedPerCall("customer"));
    }

    [Fact]
    public void A_reject_allocates_no_memory()
    {
        pools.Add("closed", 0);
        pools.Add("customer", 10, parent: "closed");
        Assert.Equal(0, AllocatedPerCall("closed"));
        Assert.Equal(0, AllocatedPerCall("customer"));
    }

    private long AllocatedPerCall(string pool)
    {
        const int Calls = 1_000;
        var allocated = 0L;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                if (pools.Node.AdmitAsync(InProcessPoolsTests.Request(pool)).Now().Lease is { } lease)
                    pools.Node.EndAsync(lease, LeaseOutcome.Completed).Now();
            }

            allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
        }

        return allocated;
    }
}
