using System.Diagnostics;
using System.Globalization;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The processes of a worker's session. Its group is not all of them: a shell with job control and <c>timeout(1)</c> give what they start a group of its own.
/// </summary>
internal static unsafe class Session
{
    /// <summary>
    /// For how long it is looked again as long as something new is found: what is killed may just have started another process in a group of its own. In Stopwatch ticks (ns).
    /// </summary>
    private const long Patience = 2_000_000_000;

    /// <summary>For how long what is dying is waited for where it becomes a child of this process, in ns.</summary>
    private const long TimeToDie = 100_000_000;

    /// <summary>
    /// Kills whatever is in the session but its leader, and waits for those that have become children of this process, as happens to process 1: nobody else would.
    /// </summary>
    /// <param name="leader">The leader's id. It must not be a stranger's: either nobody has waited for the leader yet, or there is no process of this id.</param>
    public static void KillMembers(int leader)
    {
        var since = Stopwatch.GetTimestamp();
        var killed = new HashSet<int>();
        while (true)
        {
            var dying = false;
            var isNew = false;
            foreach (var pid in Processes())
            {
                if (pid == leader || Read(pid) is not { } entry || entry.Session != leader)
                    continue;
                if (entry.HasEnded)
                {
                    if (entry.Parent == Environment.ProcessId)
                        _ = WaitId(P_PID, pid, null, WEXITED | WNOHANG);
                    continue;
                }

                dying = true;
                if (!killed.Add(pid))
                    continue;
                isNew = true;
                if (entry.Group != leader)
                    _ = Kill(-entry.Group, SIGKILL); // at once with whatever it is about to start
                _ = Kill(pid, SIGKILL);
            }

            var elapsed = Stopwatch.GetTimestamp() - since;
            if (elapsed > Patience || (!isNew && !(dying && Adopts() && elapsed < TimeToDie)))
                return;
            if (!isNew)
                Thread.Sleep(1);
        }
    }

    /// <summary>The session of a process that lives; 0 if there is none.</summary>
    public static int Of(int pid) => Read(pid) is { HasEnded: false } entry ? entry.Session : 0;

    /// <summary>Whether this process becomes the parent of those whose own has ended.</summary>
    private static bool Adopts()
    {
        var isReaper = 0;
        return Environment.ProcessId == 1 || (PrCtl(PR_GET_CHILD_SUBREAPER, (nuint)(&isReaper), 0, 0, 0) == 0 && isReaper != 0);
    }

    /// <summary>The newest first: one that starts the next and ends is gone a moment later.</summary>
    private static List<int> Processes()
    {
        var pids = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                pids.Add(pid);
        }

        pids.Reverse(); // the kernel lists them in order
        return pids;
    }

    private static Entry? Read(int pid)
    {
        int file;
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/{pid}/stat\0"))
            file = Open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0)
            return null;
        var text = stackalloc byte[512];
        var length = Descriptor.Read(file, text, 512);
        _ = Close(file);
        return length <= 0 ? null : Parse(new ReadOnlySpan<byte>(text, length));
    }

    /// <summary>… (NAME) STATE PARENT GROUP SESSION …; the name may hold anything.</summary>
    private static Entry? Parse(ReadOnlySpan<byte> stat)
    {
        const int StateAt = 2;
        var fields = stat[(stat.LastIndexOf((byte)')') + StateAt)..];
        if (fields.Length == 0)
            return null;
        var hasEnded = fields[0] is (byte)'Z' or (byte)'X';
        return new Entry(hasEnded, Next(ref fields), Next(ref fields), Next(ref fields));
    }

    private static int Next(ref ReadOnlySpan<byte> fields)
    {
        fields = fields[(fields.IndexOf((byte)' ') + 1)..];
        var end = fields.IndexOf((byte)' ');
        return int.TryParse(end < 0 ? fields : fields[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    /// <param name="HasEnded">Whether it has ended, and its parent has not asked how.</param>
    /// <param name="Parent">Its parent.</param>
    /// <param name="Group">Its group.</param>
    /// <param name="Session">Its session.</param>
    private readonly record struct Entry(bool HasEnded, int Parent, int Group, int Session);
}
