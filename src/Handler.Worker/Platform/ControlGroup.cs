using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Handler.Platform;

/// <summary>
/// The control group of one worker: the kernel's own limit on its memory, native memory and children included. Also the one
/// thing that reaches children which made a session of their own.
/// </summary>
internal sealed class ControlGroup
{
    private readonly string directory;
    private readonly bool isVersion2;
    private readonly SafeFileHandle? limits, kills, processes;
    private long limit = -1;

    /// <exception cref="IOException">The kernel refused.</exception>
    public ControlGroup(string directory, int version)
    {
        this.directory = directory;
        isVersion2 = version == 2;
        Directory.CreateDirectory(directory);
        if (isVersion2)
        {
            // Swapping would turn a limit into a crawl, and one killed process into half a worker.
            TryWrite("memory.swap.max", "0");
            TryWrite("memory.oom.group", "1");
        }

        // These stay open: they are needed also where this process has no free descriptor.
        limits = OpenIfThere(LimitFile, FileAccess.Write);
        kills = OpenIfThere(KillsFile, FileAccess.Read);
        processes = OpenIfThere(isVersion2 ? "cgroup.kill" : "cgroup.procs", isVersion2 ? FileAccess.Write : FileAccess.Read);
    }

    private string LimitFile => isVersion2 ? "memory.max" : "memory.limit_in_bytes";

    private string KillsFile => isVersion2 ? "memory.events" : "memory.oom_control";

    /// <summary>Moves a process in, with what it starts from then on.</summary>
    public void Add(int pid) => Write("cgroup.procs", pid.ToString());

    /// <summary>Sets the limit, where it has changed. A limit below what is used makes the kernel reclaim, then kill.</summary>
    public void Limit(long bytes)
    {
        if (bytes == limit)
            return;
        if (limits is null ? TryWrite(LimitFile, bytes.ToString()) : TryWrite(limits, bytes.ToString()))
            limit = bytes;
    }

    /// <summary>Whether the kernel has killed for this group's own limit.</summary>
    public bool HasKilledForMemory()
        => (kills is null ? Read(KillsFile, "oom_kill ") : Number(Text(kills).Split('\n'), "oom_kill ")) > 0;

    /// <summary>The most memory that was charged to the group, in bytes; 0 when not known.</summary>
    public long PeakBytes() => Read(isVersion2 ? "memory.peak" : "memory.max_usage_in_bytes", "");

    /// <summary>Kills everything in the group, whatever session it is in.</summary>
    public void KillAll()
    {
        if (isVersion2 && (processes is null ? TryWrite("cgroup.kill", "1") : TryWrite(processes, "1")))
            return;
        foreach (var pid in Processes())
            _ = LibC.Kill(pid, LibC.SIGKILL);
    }

    /// <summary>Removes the group. It stays for as long as something in it is still dying: a few milliseconds, given here. Nothing else may be asked of it from here on.</summary>
    public void Remove()
    {
        using var first = limits;
        using var second = kills;
        using var third = processes;
        for (var i = 0; i < 100 && !TryRemove(directory); i++)
        {
            KillAll();
            Thread.Sleep(1);
        }
    }

    /// <returns>Whether the directory is gone.</returns>
    public static bool TryRemove(string directory)
    {
        try
        {
            Directory.Delete(directory);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private int[] Processes()
    {
        try
        {
            return [.. File.ReadAllLines(Path.Combine(directory, "cgroup.procs")).Select(int.Parse)];
        }
        catch (IOException)
        {
            // No free descriptor. A file that stays open comes second, for in version 1 the kernel may repeat what it has told through it before.
            return isVersion2 || processes is null ? [] : [.. Text(processes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        }
    }

    /// <summary>The number after a key at a line's start; 0 where there is none.</summary>
    private long Read(string file, string key)
    {
        try
        {
            return Number(File.ReadLines(Path.Combine(directory, file)), key);
        }
        catch (IOException)
        {
            return 0; // older kernels do not have every file
        }
    }

    private static long Number(IEnumerable<string> lines, string key)
    {
        foreach (var line in lines)
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && long.TryParse(line.AsSpan(key.Length), out var value))
                return value;
        }

        return 0;
    }

    /// <summary>Where it cannot stay open it is opened each time.</summary>
    private SafeFileHandle? OpenIfThere(string file, FileAccess access)
    {
        try
        {
            return File.OpenHandle(Path.Combine(directory, file), FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The whole content of a file; empty when the group is gone. The kernel makes it anew at each read from the beginning.</summary>
    private static string Text(SafeFileHandle file)
    {
        var text = new StringBuilder();
        var bytes = new byte[4096];
        try
        {
            for (int at = 0, length; (length = RandomAccess.Read(file, bytes, at)) > 0; at += length)
                text.Append(Encoding.ASCII.GetString(bytes, 0, length));
        }
        catch (IOException)
        {
            return "";
        }

        return text.ToString();
    }

    private static bool TryWrite(SafeFileHandle file, string value)
    {
        try
        {
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(value), 0);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Write(string file, string value) => File.WriteAllText(Path.Combine(directory, file), value);

    private bool TryWrite(string file, string value)
    {
        try
        {
            Write(file, value);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
