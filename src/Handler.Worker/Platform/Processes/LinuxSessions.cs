using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>Finds the processes of sessions. Needs no new descriptor. A process whose data cannot be read does not count.</summary>
internal sealed class LinuxSessions : ISessions
{
    private readonly List<int> processes = [];
    private readonly List<(int Process, int Session)> members = [];

    public void Refresh()
    {
        members.Clear();
        ProcessList.Read(processes);
        foreach (var process in processes)
        {
            if (GetSession(process) is var session && session > 0 && session != process)
                members.Add((process, session));
        }
    }

    public long UsedMemory(int leader)
    {
        var used = 0L;
        foreach (var (process, session) in members)
        {
            if (session == leader)
                used += ProcessMemory.UsedBy(process);
        }

        return used;
    }

    public void OtherGroups(int leader, List<int> groups)
    {
        groups.Clear();
        foreach (var (process, session) in members)
        {
            if (session == leader && GetGroup(process) is var group && group > 0 && group != leader && !groups.Contains(group))
                groups.Add(group);
        }
    }
}
