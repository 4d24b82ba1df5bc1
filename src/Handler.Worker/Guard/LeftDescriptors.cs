using System.Text;
using Handler.Platform;

namespace Handler.Guard;

/// <summary>
/// Finds descriptors that a job has left open: the next one may lack them, and a socket that listens or watches files goes on working for the job that is over.
/// </summary>
/// <param name="proc">Counts them.</param>
internal sealed unsafe class LeftDescriptors(ProcSelf proc)
{
    /// <summary>How many connections that a pool of HTTP connections keeps are in order.</summary>
    private const int MostKeptConnections = 64;

    /// <summary>How many duplicates of standard streams are in order: the console makes one of each.</summary>
    private const int MostDuplicates = 4;

    private const int LongestName = 512;

    /// <summary>What a descriptor is open on that polls others.</summary>
    private const string Poll = "anon_inode:[eventpoll]";

    private readonly HashSet<int> known = [.. ProcEntries.Descriptors() ?? []];
    private string? signalPipe;
    private long accepted = proc.DescriptorCount();

    /// <summary>Whether there are others than were last found to be in order.</summary>
    public bool Suspects() => proc.DescriptorCount() != accepted;

    /// <summary>How many descriptors poll others: the runtime polls sockets through one for each of its threads that do so.</summary>
    public static int Polls() => ProcEntries.Descriptors()?.Count(static fd => NameOf(fd) == Poll) ?? 0;

    /// <returns>What was found, as the words of a message; <see langword="null"/> if nothing.</returns>
    public string? Find()
    {
        var count = proc.DescriptorCount();
        if (count == accepted)
            return null;
        if (ProcEntries.Descriptors() is not { } open)
            return "descriptors that cannot be listed";
        foreach (var fd in known)
        {
            if (!open.Contains(fd))
                return $"a descriptor closed that was not its own ({fd})";
        }

        var counts = new Dictionary<Kind, int>();
        foreach (var fd in open)
        {
            if (known.Contains(fd) || NameOf(fd) is not { } name)
                continue;
            var kind = KindOf(fd, name, open);
            counts[kind] = counts.GetValueOrDefault(kind) + 1;
            if (counts[kind] > MostOf(kind))
                return $"an open descriptor ({name})";
        }

        accepted = count;
        return null;
    }

    /// <summary>What the runtime opens for itself, and pools of connections keep, is in order, but not more of it than those need.</summary>
    private static int MostOf(Kind kind) => kind switch
    {
        Kind.Poll => Environment.ProcessorCount,
        Kind.Random => 1,
        Kind.Assembly => 2 * AppDomain.CurrentDomain.GetAssemblies().Length, // and its symbols
        Kind.StandardStream => MostDuplicates,
        Kind.SignalPipe => 2,
        Kind.Connection => MostKeptConnections,
        _ => 0,
    };

    /// <summary>
    /// The file of an assembly stays open while it is loaded, and so does its symbol file once the text of an exception was made. The console duplicates the descriptor of a standard stream.
    /// The runtime polls sockets through an epoll descriptor, which it opens on first use.
    /// </summary>
    private Kind KindOf(int fd, string name, List<int> open)
    {
        if (name == Poll)
            return Kind.Poll;
        if (name == "/dev/urandom")
            return Kind.Random;
        if (name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".pdb", StringComparison.OrdinalIgnoreCase))
            return Kind.Assembly;
        if (name == NameOf(0) || name == NameOf(1) || name == NameOf(2))
            return Kind.StandardStream;
        if (IsSignalPipe(name, open))
            return Kind.SignalPipe;
        return IsConnection(fd, name) ? Kind.Connection : Kind.Left;
    }

    /// <summary>
    /// When signals are handled first, as for a job that starts a process, the runtime makes a pipe of which it has both ends, and a thread. It makes one only.
    /// </summary>
    private bool IsSignalPipe(string name, List<int> open)
    {
        if (signalPipe is null && name.StartsWith("pipe:", StringComparison.Ordinal) && open.Count(fd => NameOf(fd) == name) == 2 && LeftThreads.HandlesSignals())
            signalPipe = name;
        return name == signalPipe;
    }

    /// <summary>An HTTP connection that is kept for the next request is known by the timer of the pool that keeps it.</summary>
    private static bool IsConnection(int fd, string name)
        => name.StartsWith("socket:", StringComparison.Ordinal) && Timer.ActiveCount > 0 && LeftTimers.CanTell && LeftTimers.Find() is null && !LibC.IsListening(fd);

    /// <summary>What it is open on; <see langword="null"/> if it is closed meanwhile.</summary>
    private static string? NameOf(int fd)
    {
        var name = stackalloc byte[LongestName];
        fixed (byte* path = Encoding.ASCII.GetBytes($"/proc/self/fd/{fd}\0"))
        {
            var length = (int)LibC.ReadLink(path, name, LongestName);
            return length < 0 ? null : Encoding.UTF8.GetString(name, length);
        }
    }

    private enum Kind
    {
        Left,
        Poll,
        Random,
        Assembly,
        StandardStream,
        SignalPipe,
        Connection,
    }
}
