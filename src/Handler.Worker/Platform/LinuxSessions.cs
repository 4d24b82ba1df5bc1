using System.Globalization;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Finds the processes of sessions in <c>/proc</c>. A process can leave its session but join no other one, so each is asked once; after that a look is a listing of names.
/// </summary>
internal sealed unsafe class LinuxSessions : ISessions
{
    private readonly Dictionary<int, int> sessions = [];
    private readonly HashSet<int> seen = [];

    public void Refresh()
    {
        seen.Clear();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                seen.Add(pid);
        }

        foreach (var pid in sessions.Keys)
        {
            if (!seen.Contains(pid))
                sessions.Remove(pid);
        }

        foreach (var pid in seen)
        {
            if (!sessions.ContainsKey(pid))
                sessions.Add(pid, Session.Of(pid));
        }
    }

    public long UsedMemory(int leader)
    {
        var used = 0L;
        foreach (var (pid, session) in sessions)
        {
            if (session == leader && pid != leader)
                used += ProcessMemory.UsedBy(pid);
        }

        return used;
    }
}
