using Handler.Hosting;
using Handler.Pools;
using Xunit;

namespace Handler.Simulation.Tests;

public sealed class SelectorLineTests : IDisposable
{
    private readonly ManualResetEventSlim _answers = new();
    private readonly SemaphoreSlim _called = new(0);
    private readonly SimProcess _process;
    private readonly World _world = new(1, trace: false);
    private readonly SelectorLine _line;

    public SelectorLineTests()
    {
        _process = new SimProcess(_world, "node", new SimMachine("machine"));
        _line = new SelectorLine(new FunctionSelector((_, parameter) =>
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
        var second = Ask("second", 10);
        _world.RunUntil(TimeSpan.FromSeconds(11));
        var third = Ask("third", 10);
        Assert.True(second.IsCanceled);
        Assert.False(first.IsCompleted || third.IsCompleted);
        _answers.Set();
        Assert.Equal(["first"], await first);
        Assert.Equal(["third"], await third);
    }

    public void Dispose()
    {
        _answers.Set();
        _answers.Dispose();
        _called.Dispose();
    }

    private Task<IReadOnlyList<string>> Ask(string parameter, double patience) => _line.AskAsync(null, parameter, TimeSpan.FromSeconds(patience)).AsTask();
}
