using System.Collections.Concurrent;

namespace Handler.Platform;

/// <summary>The workers of this process that have a process namespace, and so are not its children. From any thread.</summary>
internal sealed class WorkersInNamespaces
{
    private readonly ConcurrentDictionary<int, bool> pids = new();

    public void Add(int pid) => pids[pid] = true;

    public void Remove(int pid) => pids.TryRemove(pid, out _);

    public bool Contains(int pid) => pids.ContainsKey(pid);
}
