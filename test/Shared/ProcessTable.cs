using System.Globalization;

namespace Handler.Shared;

/// <summary>One process.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="ParentPid">Its parent's id.</param>
/// <param name="IsZombie">Whether it has ended, and its parent has not asked how.</param>
internal sealed record ProcessEntry(int Pid, int ParentPid, bool IsZombie);

/// <summary>The processes of this machine, read from <c>/proc</c>. One file, compiled into whatever tests or samples look at processes from outside.</summary>
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

    /// <summary>Whether a process still runs; one that has ended and waits to be reaped does not.</summary>
    public static bool IsRunning(int pid) => Find(pid) is { IsZombie: false };

    /// <summary>Running processes that were started with an environment variable of this value, theirs or inherited.</summary>
    public static List<ProcessEntry> WithVariable(string name, string value)
        => [.. All().Where(each => !each.IsZombie && HasVariable(each.Pid, name, value))];

    /// <summary>Whether a process was started with this environment variable. What may not be read was not.</summary>
    public static bool HasVariable(int pid, string name, string value)
        => ReadOrNull($"/proc/{pid}/environ")?.Split('\0').Contains($"{name}={value}") ?? false;

    /// <summary>Children of this process that have ended and are not reaped.</summary>
    public static int Zombies() => All().Count(each => each.IsZombie && each.ParentPid == Environment.ProcessId);

    /// <summary>What each open descriptor of this process is.</summary>
    public static List<string> OpenDescriptors()
    {
        var open = new List<string>();
        foreach (var path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            try
            {
                open.Add(File.ResolveLinkTarget(path, false)?.Name is { } target ? target : "?");
            }
            catch (IOException)
            {
                // That was the descriptor of the listing itself.
            }
        }

        return open;
    }

    /// <summary>A line of a process's <c>status</c>.</summary>
    public static string Status(int pid, string field)
        => File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();

    /// <summary>A process by its id, ended or not; <see langword="null"/> when there is none.</summary>
    public static ProcessEntry? Find(int pid)
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
