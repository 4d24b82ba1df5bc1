using System.Globalization;

namespace Handler.Cluster;

/// <summary>The processes of this machine, read from <c>/proc</c>.</summary>
internal static class ProcessTable
{
    /// <summary>Running processes that were started with an environment variable of this value, theirs or inherited.</summary>
    public static List<int> WithVariable(string name, string value)
        => [.. from folder in Directory.EnumerateDirectories("/proc")
               let pid = int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0
               where pid != 0 && HasVariable(pid, $"{name}={value}") && IsRunning(pid)
               select pid];

    /// <summary>Whether a process still runs; one that has ended and waits to be reaped does not.</summary>
    public static bool IsRunning(int pid)
        => ReadOrNull($"/proc/{pid}/stat") is { Length: > 0 } stat && stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');

    private static bool HasVariable(int pid, string variable)
        => ReadOrNull($"/proc/{pid}/environ")?.Split('\0').Contains(variable) ?? false;

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
