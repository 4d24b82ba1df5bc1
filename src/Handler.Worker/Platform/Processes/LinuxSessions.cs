namespace Handler.Platform;

/// <summary>Finds the processes that workers have started. A process whose data cannot be read does not count.</summary>
/// <param name="workers">The workers that are not children of this process.</param>
internal sealed class LinuxSessions(WorkersInNamespaces workers) : ISessions
{
    private readonly ProcessTree tree = new(Environment.ProcessId, workers);
    private readonly List<int> ids = [];

    public void Refresh() => tree.Refresh();

    public SessionUse UseOf(int leader)
    {
        ids.Clear();
        var (memory, cpu) = (0L, 0L);
        foreach (var (process, worker) in tree.Members)
        {
            if (worker != leader)
                continue;
            ids.Add(process.Pid);
            cpu += process.CpuNanoseconds;
            if (!process.IsNewborn)
                memory += ProcessMemory.UsedBy(process.Pid);
        }

        if (ProcessStat.TryRead(leader, out var own))
            cpu += own.WaitedCpuNanoseconds;
        if (memory > 0)
            memory = Math.Max(0, memory - ProcessMemory.SharedBy(leader));
        return new SessionUse(ids.Count, memory + DescriptorMemory.HeldByStarted(leader, ids), cpu);
    }

    public void OtherGroups(int leader, List<int> groups)
    {
        groups.Clear();
        foreach (var (process, worker) in tree.Members)
        {
            if (worker == leader && process.GroupId != leader && process.GroupId > 0 && !groups.Contains(process.GroupId))
                groups.Add(process.GroupId);
        }
    }

    public void OutsideSession(int leader, List<StartedProcess> processes)
    {
        processes.Clear();
        foreach (var (process, worker) in tree.Members)
        {
            if (worker == leader && process.SessionId != leader)
                processes.Add(new StartedProcess(process.Pid, process.StartedAt));
        }
    }
}
