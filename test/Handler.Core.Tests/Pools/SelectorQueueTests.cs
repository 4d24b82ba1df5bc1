using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class SelectorQueueTests : IDisposable
{
    private readonly ManualResetEventSlim returns = new();
    private readonly SemaphoreSlim called = new(0);
    private readonly SimProcess process;
    private readonly World world = new(1, trace: false);
    private readonly SelectorQueue line;

    public SelectorQueueTests()
    {
        process = new SimProcess(world, "node", new SimMachine("machine"));
        line = new SelectorQueue(new FunctionSelector((_, parameter) =>
        {
            called.Release();
            returns.Wait();
            return [parameter!];
        }), process.Time);
    }

    [Fact]
    public async Task Callers_that_gave_up_on_a_selector_that_does_not_return_do_not_pile_up()
    {
        var first = Ask("first", 10);
        await called.WaitAsync();
        var patient = Ask("patient", 1_000);
        var others = Enumerable.Range(0, 100).Select(_ => Ask("other", 10)).ToList();
        world.RunUntil(TimeSpan.FromSeconds(11));
        var last = Enumerable.Range(0, 100).Select(_ => Ask("last", 10)).ToList();
        Assert.All(others, other => Assert.True(other.IsCanceled));
        Assert.False(first.IsCompleted || patient.IsCompleted || last.Exists(each => each.IsCompleted));
        returns.Set();
        Assert.Equal(["first"], await first);
        Assert.Equal(["patient"], await patient);
        Assert.All(await Task.WhenAll(last), names => Assert.Equal(["last"], names));
    }

    public void Dispose()
    {
        returns.Set();
        returns.Dispose();
        called.Dispose();
    }

    private Task<IReadOnlyList<string>> Ask(string parameter, double patience)
        => line.AskAsync(null, parameter, TimeSpan.FromSeconds(patience)).AsTask();
}
