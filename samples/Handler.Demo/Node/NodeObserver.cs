using Handler.Shared;

namespace Handler.Demo.Node;

/// <summary>
/// Observes this process and its descendants from outside, without asking the handler. Workers get a mark in their environment, which their
/// children inherit. So processes that have left their session or lost their parent are found too.
/// </summary>
internal sealed class NodeObserver
{
    private const string MarkName = "HANDLER_DEMO_MARK";

    private readonly string mark = Guid.NewGuid().ToString("N");

    /// <summary>The process that started a process; <see langword="null"/> if the process no longer exists.</summary>
    public static int? ParentOf(int pid) => ProcessTable.Find(pid)?.ParentPid;

    /// <summary>Puts the mark into the environment of future workers.</summary>
    public void Mark(IDictionary<string, string> environment) => environment[MarkName] = mark;

    /// <summary>The current state.</summary>
    public NodeState Look()
    {
        var processes = ProcessTable.All().ToList();
        var children = processes.Where(process => process.ParentPid == Environment.ProcessId).ToList();
        return new NodeState(
            Workers: children.Count(child => !child.IsZombie),
            Zombies: children.Count(child => child.IsZombie),
            Strays: processes.Except(children).Count(process => ProcessTable.HasVariable(process.Pid, MarkName, mark)),
            Descriptors: ProcessTable.OpenDescriptors().Count(target => !target.EndsWith(".dll", StringComparison.Ordinal)));
    }

    /// <summary>
    /// Waits until the state meets the condition, for some seconds at most, and returns it: the replacement of a killed worker takes a
    /// moment to start.
    /// </summary>
    public async Task<NodeState> SettleAsync(Func<NodeState, bool> settled)
    {
        var state = Look();
        await Polling.UntilAsync(() => settled(state = Look()));
        return state;
    }
}
