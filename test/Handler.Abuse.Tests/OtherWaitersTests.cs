using Handler.Abuse;

namespace Handler.Tests;

/// <summary>
/// A worker's exit is reported even if something else reaps the worker, and Handler does not disturb others that wait for their own
/// children.
/// </summary>
public sealed class OtherWaitersTests
{
    private static readonly string[] Expected =
    [
        "process: 7",
        "value: 2",
        "exit: Process exited with code 3",
        "native exit: Process exited with code 4",
        "kill: 9",
        "overflow: stack overflow",
        "timeout: Took more than 50ms to complete",
        "orphan: True",
        "process: 7",
        "left: 0",
    ];

    [Fact]
    public async Task Usually() => Assert.Equal(Expected, await SpecialHost.RunAsync<OtherWaiters>(Surroundings.Usual));

    [ExitInfoFact(needsNamespaces: true)]
    public async Task Exits_are_reported_if_the_host_is_process_one()
        => Assert.Equal(Expected, await SpecialHost.RunAsync<OtherWaiters>(new Surroundings { IsProcessOne = true }));

    [ExitInfoFact(needsNamespaces: false)]
    public async Task Exits_are_reported_if_the_host_ignores_SIGCHLD()
        => Assert.Equal(
            Expected.Except(["process: 7"]),
            await SpecialHost.RunAsync<OtherWaiters>(new Surroundings { IgnoresChildSignal = true }, "no processes"));
}
