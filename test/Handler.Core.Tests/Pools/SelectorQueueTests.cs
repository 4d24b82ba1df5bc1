using Handler.Hosting;
using Handler.Pools;

namespace Handler.Tests.Pools;

public sealed class SelectorQueueTests : IDisposable
{
    private readonly ManualResetEventSlim _answers = new();
    private readonly SemaphoreSlim _called = new(0);
    private readonly SimProcess _process;
    private readonly World _world = new(1, trace: false);
    private readonly SelectorQueue _line;

    public SelectorQueueTests()
    {
        _process = new SimProcess(_world, "node", new SimMachine("machine"));
        _line = new SelectorQueue(new FunctionSelector((_, parameter) =>
        {
            _called.Release();
            _answers.Wait();
            return [parameter!];
        }), _process.Time);
    }

    [Fact]
    public async Task Those_who_have_given_up_on_a_selector_that_does_not_return_do_not_pile_up()
    {
        var first = Ask("first", 10);
        await _called.WaitAsync();
        var patient = Ask("patient", 1_000);
        var others = Enumerable.Range(0, 100).Select(_ => Ask("other", 10)).ToList();
        _world.RunUntil(TimeSpan.FromSeconds(11));
        var last = Enumerable.Range(0, 100).Select(_ => Ask("last", 10)).ToList();
        Assert.All(others, other => Assert.True(other.IsCanceled));
        Assert.False(first.IsCompleted || patient.IsCompleted || last.Exists(each => each.IsCompleted));
        _answers.Set();
        Assert.Equal(["first"], await first);
        Assert.Equal(["patient"], await patient);
        Assert.All(await Task.WhenAll(last), answer => Assert.Equal(["last"], answer));
    }

    public void Dispose()
    {
        _answers.Set();
        _answers.Dispose();
        _called.Dispose();
    }

    private Task<IReadOnlyList<string>> Ask(string parameter, double patience)
        => _line.AskAsync(null, parameter, TimeSpan.FromSeconds(patience)).AsTask();
}
