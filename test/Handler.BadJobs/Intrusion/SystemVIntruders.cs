using System.Runtime.InteropServices;

namespace Handler.BadJobs;

/// <summary>Functions that use System V objects and message queues of others.</summary>
public static unsafe partial class SystemVIntruders
{
    private const int PermissionDenied = 1; // EPERM
    private const int Status = 2, GetValue = 12; // IPC_STAT, GETVAL
    private const int NoWait = 0x800; // IPC_NOWAIT
    private const int ReadWrite = 2;

    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Uses objects that exist, in all ways that change nothing.</summary>
    /// <param name="memory">The number of a segment of shared memory.</param>
    /// <param name="semaphores">The number of a set of semaphores.</param>
    /// <param name="messages">The number of a queue of messages.</param>
    /// <param name="queue">The name of a POSIX queue, without a slash.</param>
    /// <returns>The ways that were not denied.</returns>
    public static string[] Use(int memory, int semaphores, int messages, string queue)
    {
        var buffer = stackalloc byte[512];
        var space = (nint)buffer;
        var name = stackalloc byte[64];
        for (var i = 0; i < queue.Length; i++)
            name[i] = (byte)queue[i];
        name[queue.Length] = 0;
        var noChange = stackalloc short[3]; // waits for zero, which it is
        var calls = new (string Name, int X64, int Arm64, nint A, nint B, nint C, nint D)[]
        {
            ("shmget", 29, 194, 0, 4096, 0x180, 0),
            ("shmat", 30, 196, memory, 0, 0x1000, 0), // SHM_RDONLY
            ("shmdt", 67, 197, 1, 0, 0, 0),
            ("shmctl", 31, 195, memory, Status, space, 0),
            ("semget", 64, 190, 0, 1, 0x180, 0),
            ("semop", 65, 193, semaphores, (nint)noChange, 1, 0),
            ("semtimedop", 220, 192, semaphores, (nint)noChange, 1, 0),
            ("semctl", 66, 191, semaphores, 0, GetValue, 0),
            ("msgget", 68, 186, 0, 0x180, 0, 0),
            ("msgsnd", 69, 189, messages, space, -1, NoWait),
            ("msgrcv", 70, 188, messages, space, -1, 0),
            ("msgctl", 71, 187, messages, Status, space, 0),
            ("mq_open", 240, 180, (nint)name, ReadWrite, 0, 0),
            ("mq_unlink", 241, 181, (nint)name, 0, 0, 0),
            ("mq_timedsend", 242, 182, -1, space, 0, 0),
            ("mq_timedreceive", 243, 183, -1, space, 0, 0),
            ("mq_notify", 244, 184, -1, 0, 0, 0),
            ("mq_getsetattr", 245, 185, -1, 0, space, 0),
        };
        return
        [
            .. calls.Where(static call => IsAllowed(IsArm ? call.Arm64 : call.X64, call.A, call.B, call.C, call.D))
                .Select(static call => call.Name),
        ];
    }

    /// <summary>A call that is not denied may fail because of its arguments.</summary>
    private static bool IsAllowed(int number, nint a, nint b, nint c, nint d)
        => Call(number, a, b, c, d, 0, 0) >= 0 || Marshal.GetLastPInvokeError() != PermissionDenied;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
