using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Handler.Platform;

/// <summary>
/// The cgroup of one worker: the kernel's own limit on its memory, including native memory and child processes. It is also the only thing
/// that reaches children that created their own session.
/// </summary>
internal sealed class ControlGroup
{
    private readonly string directory;
    private readonly bool isVersion2;
    private readonly SafeFileHandle? limits, kills, processes;
    private long limit = -1;

    /// <exception cref="IOException">The kernel refused.</exception>
    public ControlGroup(string directory, int version, GroupLimits? limits = null)
    {
        this.directory = directory;
        isVersion2 = version == 2;
        Directory.CreateDirectory(directory);
        if (isVersion2)
        {
            // With swapping, a job at its limit would slow to a crawl. Without the group setting, the kernel would kill one process and
            // leave half a worker.
            TryWrite("memory.swap.max", "0");
            TryWrite("memory.oom.group", "1");
            SetAll(limits ?? new GroupLimits());
        }

        // These files stay open, because they are also needed when this process has no free descriptor.
        this.limits = OpenIfThere(LimitFile, FileAccess.Write);
        kills = OpenIfThere(KillsFile, FileAccess.Read);
        processes = OpenIfThere(isVersion2 ? "cgroup.kill" : "cgroup.procs", isVersion2 ? FileAccess.Write : FileAccess.Read);
    }

    private void SetAll(GroupLimits limits)
    {
        foreach (var (file, value, option) in limits.Settings())
        {
            try
            {
                Write(file, value);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                TryRemove(directory);
                throw new IOException(
                    $"Starting a worker: HandlerOptions.Hardening.{option}: "
                        + $"writing {value} to {directory}/{file} failed: {exception.Message}",
                    exception);
            }
        }
    }

    private string LimitFile => isVersion2 ? "memory.max" : "memory.limit_in_bytes";

    private string KillsFile => isVersion2 ? "memory.events" : "memory.oom_control";

    /// <summary>Moves a process into the group, together with everything that it starts from then on.</summary>
    public void Add(int pid) => Write("cgroup.procs", pid.ToString());

    /// <summary>
    /// Sets the limit if it has changed. If the limit is below the current usage, the kernel reclaims memory, then kills.
    /// </summary>
    public void Limit(long bytes)
    {
        if (bytes == limit)
            return;
        if (limits is null ? TryWrite(LimitFile, bytes.ToString()) : TryWrite(limits, bytes.ToString()))
            limit = bytes;
    }

    /// <summary>Whether the kernel has killed a process because of this group's own limit.</summary>
    public bool HasKilledForMemory()
        => (kills is null ? Read(KillsFile, "oom_kill ") : Number(Text(kills).Split('\n'), "oom_kill ")) > 0;

    /// <summary>The peak memory charged to the group, in bytes; 0 if unknown.</summary>
    public long PeakBytes() => Read(isVersion2 ? "memory.peak" : "memory.max_usage_in_bytes", "");

    /// <summary>Kills every process in the group, regardless of its session.</summary>
    public void KillAll()
    {
        if (isVersion2 && (processes is null ? TryWrite("cgroup.kill", "1") : TryWrite(processes, "1")))
            return;
        foreach (var pid in Processes())
            _ = LibC.Kill(pid, LibC.SIGKILL);
    }

    /// <summary>
    /// Removes the group. It cannot be removed while a process in it is still exiting, so this waits a few milliseconds. No other member
    /// may be called afterwards.
    /// </summary>
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
            // No free descriptor. The file that stays open is only the second choice, because in version 1 the kernel may repeat through it
            // what it reported before.
            return isVersion2 || processes is null
                ? []
                : [.. Text(processes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        }
    }

    /// <summary>The number after a key at the start of a line; 0 if there is none.</summary>
    private long Read(string file, string key)
    {
        try
        {
            return Number(File.ReadLines(Path.Combine(directory, file)), key);
        }
        catch (IOException)
        {
            return 0; // older kernels lack some of the files
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

    /// <summary>A file that cannot be kept open is opened for each use.</summary>
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

    /// <summary>
    /// The whole content of a file; empty if the group is gone. The kernel generates it again for each read from the start.
    /// </summary>
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
