using System.Globalization;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// The processes of a worker's session. Its group is not all of them: a shell with job control and <c>timeout(1)</c> give what they start a group of its own.
/// </summary>
internal static unsafe class Session
{
    /// <summary>What is killed may just have started another process, so it is looked again, this often at most.</summary>
    private const int MostPasses = 5;

    /// <summary>Kills whatever is in the session but its leader, who must not be reaped yet: until then its id is nobody else's.</summary>
    public static void KillMembers(int leader)
    {
        for (var pass = 0; pass < MostPasses; pass++)
        {
            var found = false;
            foreach (var directory in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid == leader || Of(pid) != leader)
                    continue;
                _ = Kill(pid, SIGKILL);
                found = true;
            }

            if (!found)
                return;
        }
    }

    /// <summary>The session of a process that lives; 0 if there is none.</summary>
    public static int Of(int pid)
    {
        int file;
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/{pid}/stat\0"))
            file = Open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0)
            return 0;
        var text = stackalloc byte[512];
        var length = Descriptor.Read(file, text, 512);
        _ = Close(file);
        return length <= 0 ? 0 : Read(new ReadOnlySpan<byte>(text, length));
    }

    /// <summary>… (NAME) STATE PARENT GROUP SESSION …; the name may hold anything.</summary>
    private static int Read(ReadOnlySpan<byte> stat)
    {
        const int StateAt = 2;
        var fields = stat[(stat.LastIndexOf((byte)')') + StateAt)..];
        if (fields.Length == 0 || fields[0] is (byte)'Z' or (byte)'X')
            return 0; // dead already, and waits for its parent
        for (var skip = 0; skip < 3; skip++)
            fields = fields[(fields.IndexOf((byte)' ') + 1)..];
        return int.TryParse(fields[..fields.IndexOf((byte)' ')], NumberStyles.None, CultureInfo.InvariantCulture, out var session) ? session : 0;
    }
}
