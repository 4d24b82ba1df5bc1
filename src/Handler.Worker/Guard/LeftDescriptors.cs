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

    private const int LongestName = 512;

    private readonly HashSet<int> known = [.. ProcEntries.Descriptors() ?? []];
    private string? signalPipe;
    private long accepted = proc.DescriptorCount();

    /// <summary>Whether there are others than were last found to be in order.</summary>
    public bool Suspects() => proc.DescriptorCount() != accepted;

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

        var connections = 0;
        foreach (var fd in open)
        {
            if (known.Contains(fd) || NameOf(fd) is not { } name || IsOfTheRuntime(name) || IsSignalPipe(name, open))
                continue;
            if (!IsConnection(fd, name) || ++connections > MostKeptConnections)
                return $"an open descriptor ({name})";
        }

        accepted = count;
        return null;
    }

    /// <summary>
    /// The file of an assembly stays open while it is loaded, and so does its symbol file once the text of an exception was made. The console duplicates the descriptor of a standard stream.
    /// The runtime polls sockets through an epoll descriptor, which it opens on first use.
    /// </summary>
    private static bool IsOfTheRuntime(string name)
        => name is "anon_inode:[eventpoll]" or "/dev/urandom"
            || name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".pdb", StringComparison.OrdinalIgnoreCase)
            || name == NameOf(0) || name == NameOf(1) || name == NameOf(2);

    /// <summary>
    /// When signals are handled first, as for a job that starts a process, the runtime makes a pipe of which it has both ends, and a thread. It makes one only.
    /// </summary>
    private bool IsSignalPipe(string name, List<int> open)
    {
        if (signalPipe is null && name.StartsWith("pipe:", StringComparison.Ordinal) && open.Count(fd => NameOf(fd) == name) == 2 && ProcEntries.HasThread(LeftThreads.SignalThread) == true)
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
}
