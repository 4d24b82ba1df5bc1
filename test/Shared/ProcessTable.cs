using System.Globalization;

namespace Handler.Shared;

/// <summary>
/// The processes of this machine, read from <c>/proc</c>. This file is compiled into all tests and samples that look at processes from
/// outside.
/// </summary>
internal static class ProcessTable
{
    /// <summary>All processes that exist at the moment.</summary>
    public static IEnumerable<ProcessEntry> All()
        => from folder in Directory.EnumerateDirectories("/proc")
           let pid = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
           where pid != 0
           let entry = Find(pid)
           where entry is not null
           select entry;

    /// <summary>Whether a process still runs. A process that has ended and waits to be reaped does not.</summary>
    public static bool IsRunning(int pid) => Find(pid) is { IsZombie: false };

    /// <summary>Running processes that were started with this value of an environment variable, set for them or inherited.</summary>
    public static List<ProcessEntry> WithVariable(string name, string value)
        => [.. All().Where(each => !each.IsZombie && HasVariable(each.Pid, name, value))];

    /// <summary>
    /// Whether a process was started with this environment variable; <see langword="false"/> if its environment cannot be read.
    /// </summary>
    public static bool HasVariable(int pid, string name, string value)
        => ReadOrNull($"/proc/{pid}/environ")?.Split('\0').Contains($"{name}={value}") ?? false;

    /// <summary>The number of children of this process that have ended and are not reaped.</summary>
    public static int Zombies() => All().Count(each => each.IsZombie && each.ParentPid == Environment.ProcessId);

    /// <summary>The target of each open descriptor of this process.</summary>
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
                // This was the descriptor of the listing itself.
            }
        }

        return open;
    }

    /// <summary>The value of a field in a process's <c>status</c> file.</summary>
    public static string Status(int pid, string field)
        => File.ReadLines($"/proc/{pid}/status")
            .First(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..]
            .Trim();

    /// <summary>A process by its id, running or ended; <see langword="null"/> if there is none.</summary>
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
            return null; // The process no longer exists, or belongs to another user.
        }
    }
}
