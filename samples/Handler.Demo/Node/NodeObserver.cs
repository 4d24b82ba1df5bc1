using Handler.Shared;

namespace Handler.Demo.Node;

/// <summary>
/// Looks at this process and all that comes from it, from outside: what the handler says of itself is not asked. Workers get a mark in
/// their environment, which their children inherit, and so also those are found that have left their session or lost their parent.
/// </summary>
internal sealed class NodeObserver
{
    private const string MarkName = "HANDLER_DEMO_MARK";

    private readonly string _mark = Guid.NewGuid().ToString("N");

    /// <summary>The process that started another one; <see langword="null"/> when that one is gone.</summary>
    public static int? ParentOf(int pid) => ProcessTable.Find(pid)?.ParentPid;

    /// <summary>Puts the mark into the environment of workers to come.</summary>
    public void Mark(IDictionary<string, string> environment) => environment[MarkName] = _mark;

    /// <summary>The state at this moment.</summary>
    public NodeState Look()
    {
        var processes = ProcessTable.All().ToList();
        var children = processes.Where(process => process.ParentPid == Environment.ProcessId).ToList();
        return new NodeState(
            Workers: children.Count(child => !child.IsZombie),
            Zombies: children.Count(child => child.IsZombie),
            Strays: processes.Except(children).Count(process => ProcessTable.HasVariable(process.Pid, MarkName, _mark)),
            Descriptors: ProcessTable.OpenDescriptors().Count(target => !target.EndsWith(".dll", StringComparison.Ordinal)));
    }

    /// <summary>The state as soon as it is like this, or else as it is after some seconds: a killed worker's replacement takes a moment to start.</summary>
    public async Task<NodeState> SettleAsync(Func<NodeState, bool> settled)
    {
        var state = Look();
        await Polling.UntilAsync(() => settled(state = Look()));
        return state;
    }
}
