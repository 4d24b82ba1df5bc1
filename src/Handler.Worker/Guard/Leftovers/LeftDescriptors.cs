using System.Text;
using Handler.Platform;
using static Handler.WorkerTuning.Between;

namespace Handler.Guard;

/// <summary>
/// Finds descriptors that a job left open. The next job may lack them, and a socket that listens or a file watch keeps working for the job
/// that has ended.
/// </summary>
/// <param name="proc">Counts them.</param>
internal sealed unsafe class LeftDescriptors(ProcSelf proc)
{
    private const int LongestName = 512;

    /// <summary>The name of a descriptor that polls others.</summary>
    private const string Poll = "anon_inode:[eventpoll]";

    private readonly HashSet<int> known = [.. ProcEntries.Descriptors() ?? []];
    private string? signalPipe;
    private long accepted = proc.DescriptorCount();

    /// <summary>Whether the number of descriptors differs from the one that was last accepted.</summary>
    public bool Suspects() => proc.DescriptorCount() != accepted;

    /// <summary>The number of descriptors that poll others. The runtime has one for each of its threads that polls sockets.</summary>
    public static int Polls() => ProcEntries.Descriptors()?.Count(static fd => NameOf(fd) == Poll) ?? 0;

    /// <returns>The finding, as the words of a message; <see langword="null"/> if there is none.</returns>
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

    /// <summary>
    /// Descriptors that the runtime opens for itself, and those of connection pools, are accepted up to the number that these need.
    /// </summary>
    private static int MostOf(Kind kind) => kind switch
    {
        Kind.Poll => Environment.ProcessorCount,
        Kind.Random => 1,
        Kind.Assembly => 2 * AppDomain.CurrentDomain.GetAssemblies().Length, // the assembly and its symbols
        Kind.StandardStream => WorkerTuning.Between.MaxDuplicates,
        Kind.SignalPipe => 2,
        Kind.Connection => MaxKeptConnections,
        _ => 0,
    };

    /// <summary>
    /// The file of an assembly stays open while the assembly is loaded, and so does its symbol file once an exception's text was created.
    /// The console duplicates the descriptor of a standard stream. The runtime polls sockets through an epoll descriptor, which it opens on
    /// first use.
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
    /// When signals are first handled, for example because a job starts a process, the runtime creates a thread and a pipe whose ends it
    /// both holds. It creates only one.
    /// </summary>
    private bool IsSignalPipe(string name, List<int> open)
    {
        if (signalPipe is null
            && name.StartsWith("pipe:", StringComparison.Ordinal)
            && open.Count(fd => NameOf(fd) == name) == 2
            && LeftThreads.HandlesSignals())
            signalPipe = name;
        return name == signalPipe;
    }

    /// <summary>An HTTP connection that is kept for the next request is recognized by the timer of its connection pool.</summary>
    private static bool IsConnection(int fd, string name)
        => name.StartsWith("socket:", StringComparison.Ordinal)
        && Timer.ActiveCount > 0
        && LeftTimers.CanTell
        && LeftTimers.Find() is null
        && !LibC.IsListening(fd);

    /// <summary>The name of what the descriptor is open on; <see langword="null"/> if it was closed in the meantime.</summary>
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
