using FS = Handler.FSharpFunctions.Calls;
using VB = Handler.VisualBasicFunctions.Calls;

namespace Handler.Tests.Api;

/// <summary>
/// Visual Basic and F# know no priorities of overloads. That their calls compile shows that an overload fits; these tests show which one.
/// </summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task Visual_Basic_chooses_the_overload_of_the_kind_of_function()
    {
        await Chosen<Func<int>>(VB.OfValue);
        await Chosen<Func<CancellationToken, bool>>(VB.OfValueWithToken);
        await Chosen<Func<Task<int>>>(VB.OfLaterValue);
        await Chosen<Func<Task<int>>>(VB.OfTask);
        await Chosen<Func<ValueTask<int>>>(VB.OfValueTask);
        await Chosen<Func<CancellationToken, Task<int>>>(VB.OfLaterValueWithToken);
        await Chosen<Action>(VB.OfAction);
        await Chosen<Func<Task>>(VB.OfLaterAction);
        await Chosen<Func<Task>>(VB.OfPlainTask);
    }

    [Fact]
    public async Task F_sharp_chooses_the_overload_of_the_kind_of_function()
    {
        await Chosen<Func<int>>(FS.ofValue);
        await Chosen<Func<Task<int>>>(FS.ofTask);
        await Chosen<Func<CancellationToken, Task<int>>>(FS.ofTaskWithToken);
        await Chosen<Action>(FS.ofAction);
        await Chosen<Func<Task>>(FS.ofPlainTask);
    }

    [Fact]
    public async Task Jobs_that_Visual_Basic_and_F_sharp_start_return_their_values()
    {
        await using var handler = await EmbeddedHandler.StartAsync(static options => options.AddPool("pool", static pool =>
        {
            pool.MaxWorkers = 4;
            pool.MaxMemoryBytes = 1L << 30;
        }));
        var pool = handler.GetPool("pool");
        foreach (var start in (Func<IPool, Task<JobHandle<int>>>[])[VB.StartOfValue, VB.StartOfLaterValue, FS.startOfTask])
            Assert.Equal(42, (await Wait.For((await Wait.For(start(pool))).Outcome)).GetValueOrThrow());
        (await Wait.For((await Wait.For(VB.StartOfAction(pool))).Outcome)).ThrowIfFailed();
    }

    private static async Task Chosen<TDelegate>(Func<IJobRunner, Task> call)
    {
        var runner = new RecordingRunner();
        await call(runner);
        Assert.Equal(typeof(TDelegate), runner.Function?.GetType());
    }

    /// <summary>Keeps the function of a job instead of running it.</summary>
    private sealed class RecordingRunner : IJobRunner
    {
        public Delegate? Function { get; private set; }

        public Task<JobOutcome<T>> RunAsync<T>(JobFunction<T> function, JobLimits? limits, CancellationToken cancellationToken)
        {
            Function = function.Delegate;
            return Task.FromResult(JobOutcome.FromValue(default(T)!));
        }
    }
}
