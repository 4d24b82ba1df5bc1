using Handler.Demo.Node;

namespace Handler.Demo.Scenarios;

/// <summary>Checks that the node is as it should be after all scenarios.</summary>
internal static class Health
{
    /// <summary>The node has the same number of workers as before, and no additional process or descriptor.</summary>
    public static Scenario SameAs(NodeState before, NodeObserver node) => new("the node, compared with the beginning", null, async _ =>
    {
        var now = await node.SettleAsync(state => state.IsAsHealthyAs(before));
        return new ScenarioResult(now.ToString(), null, now.IsAsHealthyAs(before) ? null : $"at the beginning: {before}");
    });

    /// <summary>The handler is disposed, and no process of it is left.</summary>
    public static Scenario NothingLeft(NodeObserver node) => new("the node, when its handler is disposed", null, async _ =>
    {
        var now = await node.SettleAsync(IsEmpty);
        return new ScenarioResult(now.ToString(), null, IsEmpty(now) ? null : "expected: nothing left");
    });

    private static bool IsEmpty(NodeState state) => state is { Workers: 0, Zombies: 0, Strays: 0 };
}
