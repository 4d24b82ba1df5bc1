using System.Globalization;

namespace Handler.Demo.Node;

/// <summary>The processes of this machine, read from <c>/proc</c>.</summary>
internal static class ProcessTable
{
    /// <summary>Every process there is at the moment.</summary>
    public static IEnumerable<ProcessEntry> All()
        => from folder in Directory.EnumerateDirectories("/proc")
           let pid = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
           where pid != 0
           let entry = Find(pid)
           where entry is not null
           select entry;

    /// <summary>Whether a process still runs. One that has ended and waits for its parent to notice does not.</summary>
    public static bool IsRunning(int pid) => Find(pid) is { IsZombie: false };

    /// <summary>Whether a process was started with this environment variable. What may not be read was not.</summary>
    public static bool HasVariable(int pid, string name, string value)
        => ReadOrNull($"/proc/{pid}/environ")?.Split('\0').Contains($"{name}={value}") ?? false;

    private static ProcessEntry? Find(int pid)
    {
        // "pid (name) state parent …", where the name may contain anything, spaces and brackets included.
        if (ReadOrNull($"/proc/{pid}/stat") is not { Length: > 0 } stat)
            return null;
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessEntry(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0] is "Z" or "X");
    }

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // The process is gone, or another user's.
        }
    }
}

/// <summary>One process.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="ParentPid">Its parent's id.</param>
/// <param name="IsZombie">Whether it has ended, and its parent has not asked how.</param>
internal sealed record ProcessEntry(int Pid, int ParentPid, bool IsZombie);
