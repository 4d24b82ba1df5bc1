using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>
/// Functions that try to reach what is not theirs. Each returns the ways that worked. None changes anything where it succeeds.
/// </summary>
public static unsafe partial class Intruders
{
    private const int Seize = 0x4206, Detach = 17; // PTRACE_SEIZE, PTRACE_DETACH
    private const int PermissionDenied = 1, NoSuchProcess = 3; // EPERM, ESRCH
    private const int OpenFilesLimit = 7; // RLIMIT_NOFILE

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The ways in which another process can be reached.</summary>
    /// <param name="pid">Its id.</param>
    public static string[] Reach(int pid)
    {
        var ways = new (string Name, Func<bool> Works)[]
        {
            ("signal", () => NativeCalls.Kill(pid, 0) == 0),
            ("signal to its group", () => NativeCalls.Kill(-pid, 0) == 0),
            ("signal by descriptor", () => WithDescriptor(pid, static process => Call(424, process, 0, 0, 0) == 0)),
            ("descriptor by descriptor", () => WithDescriptor(pid, static process => Call(438, process, 3, 0, 0) >= 0)),
            ("trace", () => Trace(pid)),
            ("read memory", () => ReadMemory(pid)),
            ("limits", () => Limits(pid)),
            ("niceness", () => Call(IsArm ? 140 : 141, 0, pid, 20 - Call(IsArm ? 141 : 140, 0, pid, 0, 0), 0) == 0),
            ("processors", () => Processors(pid)),
            ("scheduling", () => Scheduling(pid)),
            ("OOM score", () => CanOpen($"/proc/{pid}/oom_score_adj", FileAccess.Write)),
            ("session's niceness", () => CanOpen($"/proc/{pid}/autogroup", FileAccess.Write)),
            ("descriptors", () => new FileInfo($"/proc/{pid}/fd/3").LinkTarget is not null),
            ("shared page", () => CanOpen($"/proc/{pid}/fd/6", FileAccess.ReadWrite)),
            ("requests", () => CanOpen($"/proc/{pid}/fd/3", FileAccess.Read)),
            ("responses", () => CanOpen($"/proc/{pid}/fd/4", FileAccess.Write)),
            ("its files", () => Directory.GetFileSystemEntries($"/proc/{pid}/root/").Length > 0),
            ("diagnostics", () => Diagnostics(pid)),
        };
        string[] files = ["mem", "environ", "maps", "auxv", "pagemap", "syscall", "stack", "io", "map_files", "ns/net"];
        return
        [
            .. ways.Where(static way => Works(way.Works)).Select(static way => way.Name),
            .. files.Where(file => Works(() => CanRead($"/proc/{pid}/{file}"))),
        ];
    }

    /// <summary>What reading a file gives: "read", or the type of the exception.</summary>
    public static string Read(string path)
    {
        try
        {
            _ = File.ReadAllBytes(path);
            return "read";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.GetType().Name;
        }
    }

    /// <summary>What writing a file gives: "written", or the type of the exception.</summary>
    public static string Write(string path)
    {
        try
        {
            File.WriteAllText(path, "x");
            return "written";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.GetType().Name;
        }
    }

    /// <summary>Changes to files, beyond writing to one: the ways that worked.</summary>
    /// <param name="file">An existing file.</param>
    /// <param name="folder">An existing folder, empty.</param>
    public static string[] ChangeFiles(string file, string folder)
    {
        var inside = Path.Combine(folder, "new");
        var ways = new (string Name, Action Change)[]
        {
            ("append", () => File.AppendAllText(file, "x")),
            ("cut", () => File.OpenHandle(file, FileMode.Truncate, FileAccess.Write).Dispose()),
            ("cut by path", () => Check(Truncate(file, 0))),
            ("create", () => File.WriteAllText(inside, "x")),
            ("create folder", () => Directory.CreateDirectory(inside + "-folder")),
            ("link", () => File.CreateSymbolicLink(inside + "-link", file)),
            ("hard link", () => Check(Link(file, inside + "-hard"))),
            ("move", () => File.Move(file, inside + "-moved")),
            ("delete", () => File.Delete(file)),
            ("delete folder", () => Directory.Delete(folder)),
        };
        return [.. ways.Where(static way => Works(() => Do(way.Change))).Select(static way => way.Name)];
    }

    /// <summary>Forks this many times at most; each new process exits immediately.</summary>
    /// <returns>How often that worked.</returns>
    public static int Fork(int times)
    {
        var forked = 0;
        for (var i = 0; i < times; i++)
        {
            var pid = NativeCalls.Fork();
            if (pid == 0)
                NativeCalls.ExitWithoutCleanup(0);
            forked += pid > 0 ? 1 : 0;
        }

        return forked;
    }

    /// <summary>Starts threads that only wait, until the system refuses one or there are this many.</summary>
    /// <returns>How many were started.</returns>
    public static int StartThreads(int most)
    {
        for (var i = 0; i < most; i++)
        {
            try
            {
                new Thread(CpuHogs.Sleep, 64 << 10) { IsBackground = true }.Start();
            }
            catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
            {
                return i;
            }
        }

        return most;
    }

    /// <summary>Writes files of a kibibyte each to the folder for temporary files, for ever.</summary>
    public static void FillTemporaryFolder()
    {
        var bytes = new byte[1 << 10];
        for (var i = 0; ; i++)
        {
            File.WriteAllBytes(Path.Combine(Path.GetTempPath(), i.ToString(CultureInfo.InvariantCulture)), bytes);
            Thread.Sleep(1);
        }
    }

    /// <summary>The kinds of sockets that can be opened.</summary>
    public static string[] OpenSockets()
    {
        var kinds = new (string Name, Func<bool> Works)[]
        {
            ("tcp", static () => Opens(AddressFamily.InterNetwork, SocketType.Stream)),
            ("udp", static () => Opens(AddressFamily.InterNetwork, SocketType.Dgram)),
            ("tcp6", static () => Opens(AddressFamily.InterNetworkV6, SocketType.Stream)),
            ("unix", static () => Opens(AddressFamily.Unix, SocketType.Stream)),
            ("netlink", static () => Call(IsArm ? 198 : 41, 16, 3, 0, 0) >= 0),
            ("pair", static () => Pair()),
        };
        return [.. kinds.Where(static kind => Works(kind.Works)).Select(static kind => kind.Name)];
    }

    /// <summary>Rare system calls that work.</summary>
    public static string[] RareCalls()
    {
        var calls = new (string Name, int Number, int A, int B)[]
        {
            ("unshare", IsArm ? 97 : 272, 0x10000000, 0),
            ("unshare network", IsArm ? 97 : 272, 0x40000000, 0),
            ("keyctl", IsArm ? 219 : 250, 0, -3),
            ("shmget", IsArm ? 194 : 29, 0, 4096),
            ("userfaultfd", IsArm ? 282 : 323, 1, 0),
        };
        return [.. calls.Where(static call => Call(call.Number, call.A, call.B, 0x180, 0) >= 0).Select(static call => call.Name)];
    }

    /// <summary>Whether this process's network interfaces are the loopback only, and whether that is up.</summary>
    public static (bool OnlyLoopback, bool Connects) Network()
    {
        var lines = File.ReadAllLines("/proc/self/net/dev").Skip(2).Select(static line => line.Split(':')[0].Trim()).ToList();
        using var server = new TcpListener(global::System.Net.IPAddress.Loopback, 0);
        server.Start();
        using var client = new TcpClient();
        client.Connect((global::System.Net.IPEndPoint)server.LocalEndpoint);
        return (lines.TrueForAll(static name => name == "lo"), client.Connected);
    }

    /// <summary>Makes the kernel send SIGTERM to a process whenever a pipe of this one becomes readable, and makes it readable.</summary>
    public static void SignalByPipe(int pid)
    {
        const int SetOwner = 8, SetSignal = 10, SetFlags = 4, Async = 0x2000, Terminate = 15;
        var ends = stackalloc int[2];
        _ = Call(IsArm ? 59 : 293, (nint)ends, 0, 0, 0);
        _ = Control(ends[0], SetOwner, pid);
        _ = Control(ends[0], SetSignal, Terminate);
        _ = Control(ends[0], SetFlags, Async);
        var one = (byte)1;
        _ = NativeCalls.Write(ends[1], &one, 1);
        _ = NativeCalls.Close(ends[0]);
        _ = NativeCalls.Close(ends[1]);
    }

    private static bool Opens(AddressFamily family, SocketType type)
    {
        using var socket = new Socket(family, type, ProtocolType.Unspecified);
        return true;
    }

    private static bool Pair()
    {
        var ends = stackalloc int[2];
        return Call(IsArm ? 199 : 53, 1, 2, 0, (nint)ends) == 0;
    }

    private static bool WithDescriptor(int pid, Func<int, bool> works)
    {
        var process = (int)Call(434, pid, 0, 0, 0);
        return process >= 0 && works(process);
    }

    private static bool Trace(int pid)
    {
        var traced = Call(IsArm ? 117 : 101, Seize, pid, 0, 0) == 0;
        if (traced)
            _ = Call(IsArm ? 117 : 101, Detach, pid, 0, 0);
        return traced;
    }

    private static bool ReadMemory(int pid)
    {
        var here = stackalloc byte[8];
        var vectors = stackalloc nint[] { (nint)here, 8, 4096, 8 };
        var result = Call(IsArm ? 270 : 310, pid, (nint)vectors, 1, (nint)(vectors + 2), 1, 0);
        return result >= 0 || Marshal.GetLastPInvokeError() is not (PermissionDenied or NoSuchProcess);
    }

    private static bool Limits(int pid)
    {
        var limits = stackalloc ulong[2];
        return Call(IsArm ? 261 : 302, pid, OpenFilesLimit, 0, (nint)limits) == 0;
    }

    private static bool Processors(int pid)
    {
        var mask = stackalloc ulong[128];
        var bytes = Call(IsArm ? 123 : 204, pid, 1024, (nint)mask, 0);
        return bytes > 0 && Call(IsArm ? 122 : 203, pid, bytes, (nint)mask, 0) == 0;
    }

    private static bool Scheduling(int pid)
    {
        var priority = 0;
        return Call(IsArm ? 119 : 144, pid, 0, (nint)(&priority), 0) == 0;
    }

    private static bool Diagnostics(int pid)
    {
        foreach (var path in Directory.GetFiles("/tmp", $"dotnet-diagnostic-{pid}-*"))
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }

        return false;
    }

    private static bool CanOpen(string path, FileAccess access)
    {
        using var file = File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite);
        return true;
    }

    private static bool CanRead(string path)
    {
        if (Directory.Exists(path))
            return Directory.GetFileSystemEntries(path).Length > 0;
        using var file = File.OpenHandle(path);
        return path.EndsWith("/mem", StringComparison.Ordinal) || RandomAccess.Read(file, new byte[1], 0) > 0;
    }

    private static bool Works(Func<bool> way)
    {
        try
        {
            return way();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException)
        {
            return false;
        }
    }

    private static bool Do(Action change)
    {
        change();
        return true;
    }

    private static void Check(int result)
    {
        if (result != 0)
            throw new IOException();
    }

    private static nint Call(nint number, nint a, nint b, nint c, nint d) => Call(number, a, b, c, d, 0, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "truncate", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Truncate(string path, long length);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string path, string other);
}
