using System.IO.MemoryMappedFiles;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>Functions that hold more and more memory outside the managed heap, where the GC does not see it.</summary>
public static unsafe class NativeMemoryHogs
{
    private static readonly List<object> Kept = [];

    /// <summary>Allocates and fills native blocks of 1 MiB.</summary>
    public static void LargeBlocks()
    {
        while (true)
            new Span<byte>(NativeMemory.Alloc(1 << 20), 1 << 20).Fill(1);
    }

    /// <summary>
    /// Stops the thread that guards the memory from inside, and then allocates and fills native blocks. The thread gets a signal whose
    /// handler waits forever, with all other signals blocked.
    /// </summary>
    public static void LargeBlocksWithoutGuard()
    {
        var action = stackalloc ulong[20];
        action[0] = (ulong)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "pause");
        new Span<ulong>(action + 1, 16).Fill(ulong.MaxValue);
        if (NativeCalls.SetAction(NativeCalls.SigUsr1, action, null) != 0)
            throw new InvalidOperationException("The handler of the signal could not be set.");
        var threads = Directory.GetDirectories("/proc/self/task");
        var guard = threads.Single(static thread => File.ReadAllText($"{thread}/comm").Trim() == ".NET Handler");
        if (NativeCalls.KillThread(Environment.ProcessId, int.Parse(Path.GetFileName(guard)), NativeCalls.SigUsr1) != 0)
            throw new InvalidOperationException("The guard got no signal.");
        SpinWait.SpinUntil(() => IsInHandler($"{guard}/status"));
        LargeBlocks();
    }

    /// <summary>Allocates native blocks of 1 kB and touches each.</summary>
    public static void SmallBlocks()
    {
        while (true)
            *(byte*)NativeMemory.Alloc(1000) = 1;
    }

    /// <summary>Maps anonymous memory, 1 MiB at a time, and touches every page.</summary>
    public static void Mappings()
    {
        while (true)
        {
            var file = MemoryMappedFile.CreateNew(null, 1 << 20);
            var view = file.CreateViewAccessor();
            for (var page = 0; page < 1 << 20; page += 4096)
                view.Write(page, (byte)1);
            Kept.Add(file);
            Kept.Add(view);
        }
    }

    /// <summary>Starts threads, each of which uses most of a megabyte of its stack and then waits.</summary>
    public static void ThreadStacks()
    {
        while (true)
        {
            var thread = new Thread(() => UseStack(700), 1 << 20) { IsBackground = true };
            thread.Start();
        }
    }

    /// <summary>Starts threads that only wait.</summary>
    public static void IdleThreads()
    {
        while (true)
            new Thread(CpuHogs.Sleep) { IsBackground = true }.Start();
    }

    /// <summary>Sends data over connections on this machine that nothing reads from.</summary>
    public static void SocketBuffers()
        => FillSockets(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Does the same with sockets that have a path instead of an address.</summary>
    public static void UnixSocketBuffers(string path)
        => FillSockets(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path));

    /// <summary>Fills pipes that nothing reads from.</summary>
    public static void PipeBuffers()
    {
        const int Usual = 64 << 10;
        var block = new byte[Usual];
        for (var i = 0; i < 400; i++)
        {
            var pipe = new AnonymousPipeServerStream();
            pipe.Write(block);
            Kept.Add(pipe);
        }

        CpuHogs.Sleep();
    }

    private static void FillSockets(Socket listener, EndPoint address)
    {
        var block = new byte[64 << 10];
        listener.Bind(address);
        listener.Listen();
        for (var i = 0; i < 200; i++)
        {
            var client = new Socket(listener.AddressFamily, SocketType.Stream, listener.ProtocolType);
            client.Connect(listener.LocalEndPoint!);
            Kept.Add(listener.Accept());
            Kept.Add(client);
            client.Blocking = false;
            while (client.Send(block, SocketFlags.None, out var error) > 0 && error == SocketError.Success)
            {
            }
        }

        CpuHogs.Sleep();
    }

    /// <summary>Whether a thread blocks SIGUSR1, as the status file of the thread says.</summary>
    private static bool IsInHandler(string status)
    {
        const string Name = "SigBlk:";
        var blocked = File.ReadLines(status).Single(static line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..];
        return (Convert.ToUInt64(blocked.Trim(), 16) & (1UL << (NativeCalls.SigUsr1 - 1))) != 0;
    }

    private static int UseStack(int kilobytes)
    {
        var block = stackalloc byte[1024];
        block[0] = 1;
        if (kilobytes == 0)
            CpuHogs.Sleep();
        return UseStack(kilobytes - 1) + block[0];
    }
}
