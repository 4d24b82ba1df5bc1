using System.Runtime.InteropServices;

namespace Handler.Tests.Platform;

/// <summary>One System V object of each kind and a POSIX message queue, of this process, for jobs to reach.</summary>
internal sealed unsafe partial class SystemVObjects : IDisposable
{
    private const int Remove = 0, Make = 0x200; // IPC_RMID, IPC_CREAT
    private const int MakeQueue = 0xc0 | 2; // O_CREAT, O_EXCL, O_RDWR
    private const int Rights = 0x180; // 0600

    public SystemVObjects()
    {
        Memory = Checked(SharedMemory(0, 4096, Make | Rights));
        Semaphores = Checked(SemaphoreSet(0, 1, Make | Rights));
        Messages = Checked(MessageQueue(0, Make | Rights));
        _ = Checked(OpenQueue('/' + Queue, MakeQueue, Rights, 0));
    }

    public int Memory { get; }

    public int Semaphores { get; }

    public int Messages { get; }

    public string Queue { get; } = $"handler-{Guid.NewGuid():N}";

    public void Dispose()
    {
        _ = ControlMemory(Memory, Remove, 0);
        _ = ControlSemaphores(Semaphores, 0, Remove);
        _ = ControlMessages(Messages, Remove, 0);
        _ = UnlinkQueue('/' + Queue);
    }

    private static int Checked(int result) => result >= 0 ? result : throw new IOException(Marshal.GetLastPInvokeErrorMessage());

    [LibraryImport("libc", EntryPoint = "shmget", SetLastError = true)]
    private static partial int SharedMemory(int key, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "semget", SetLastError = true)]
    private static partial int SemaphoreSet(int key, int count, int flags);

    [LibraryImport("libc", EntryPoint = "msgget", SetLastError = true)]
    private static partial int MessageQueue(int key, int flags);

    [LibraryImport("libc", EntryPoint = "mq_open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenQueue(string name, int flags, int mode, nint attributes);

    [LibraryImport("libc", EntryPoint = "mq_unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkQueue(string name);

    [LibraryImport("libc", EntryPoint = "shmctl")]
    private static partial int ControlMemory(int id, int command, nint buffer);

    [LibraryImport("libc", EntryPoint = "semctl")]
    private static partial int ControlSemaphores(int id, int number, int command);

    [LibraryImport("libc", EntryPoint = "msgctl")]
    private static partial int ControlMessages(int id, int command, nint buffer);
}
