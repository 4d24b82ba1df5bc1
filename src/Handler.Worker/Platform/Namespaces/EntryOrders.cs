using System.Runtime.InteropServices;

namespace Handler.Platform;

/// <summary>What a new worker does in its namespaces before it becomes the worker. Its bytes are the message that tells it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EntryOrders
{
    /// <summary>Not 0: it turns the loopback interface of its network on.</summary>
    public int TurnLoopbackOn;

    /// <summary>Not 0: it drops its capabilities even if it is root.</summary>
    public int DropCapabilities;

    /// <summary>The maximum number of processes and threads in its user namespace; 0 for no limit.</summary>
    public int MaxTasks;

    /// <summary>Not 0: Landlock rules come with the message, and it applies them.</summary>
    public int HasRules;

    /// <summary>What the rules allow for its own <c>/proc</c>, as rights of Landlock; 0 for nothing to add.</summary>
    public ulong ProcRights;
}
