using System.Runtime.InteropServices;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Calls posix_spawn for a process with its own session and working directory, default signals, and only the listed descriptors, whose
/// numbers start at 0.
/// </summary>
internal static unsafe class SpawnCall
{
    private const short SetSigDefault = 0x04, SetSigMask = 0x08, SetSid = 0x80;

    // Opaque structures: in glibc and musl they take at most 336 and 80 bytes.
    private const int AttributesSize = 512, ActionsSize = 128, SignalSetSize = 128;

    /// <returns>The process id.</returns>
    /// <exception cref="IOException">The program could not be started.</exception>
    public static int Run(WorkerCommand command, string directory, ReadOnlySpan<(int Ours, int Theirs)> descriptors)
    {
        var attributes = stackalloc byte[AttributesSize];
        var actions = stackalloc byte[ActionsSize];
        var blocked = stackalloc byte[SignalSetSize];
        var all = stackalloc byte[SignalSetSize];
        new Span<byte>(blocked, SignalSetSize).Clear();
        new Span<byte>(all, SignalSetSize).Fill(0xff);
        *(ulong*)blocked = StopSignals.Set; // blocked until the worker has installed its handlers: see StopSignals
        _ = SpawnFileActionsInit(actions);
        _ = SpawnAttrInit(attributes);
        var argv = Strings(command.Arguments);
        var envp = Strings(command.Environment);
        var path = Marshal.StringToCoTaskMemUTF8(command.Path);
        var start = Marshal.StringToCoTaskMemUTF8(directory);
        try
        {
            foreach (var (ours, theirs) in descriptors)
                Check(SpawnFileActionsAddDup2(actions, ours, theirs), "posix_spawn_file_actions_adddup2", command);
            CloseOthers(actions, descriptors.Length);
            Check(SpawnFileActionsAddChangeDirectory(actions, (byte*)start), "posix_spawn_file_actions_addchdir_np", command);
            Check(SpawnAttrSetSigMask(attributes, blocked), "posix_spawnattr_setsigmask", command);
            Check(SpawnAttrSetSigDefault(attributes, all), "posix_spawnattr_setsigdefault", command);
            Check(SpawnAttrSetFlags(attributes, SetSigDefault | SetSigMask | SetSid), "posix_spawnattr_setflags", command);
            int pid;
            Check(PosixSpawn(&pid, (byte*)path, actions, attributes, argv, envp), "posix_spawn", command);
            return pid;
        }
        finally
        {
            Marshal.FreeCoTaskMem(path);
            Marshal.FreeCoTaskMem(start);
            Free(argv);
            Free(envp);
            _ = SpawnFileActionsDestroy(actions);
            _ = SpawnAttrDestroy(attributes);
        }
    }

    /// <summary>.NET marks its descriptors close-on-exec; this closes those of other code. Older C libraries lack this function.</summary>
    private static void CloseOthers(void* actions, int first)
    {
        try
        {
            _ = SpawnFileActionsAddCloseFrom(actions, first);
        }
        catch (EntryPointNotFoundException)
        {
        }
    }

    private static void Check(int error, string call, WorkerCommand command)
    {
        if (error != 0)
            throw new IOException($"Starting a worker: {call} of {command.Path} failed: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    private static byte** Strings(IReadOnlyList<string> strings)
    {
        var vector = (byte**)NativeMemory.Alloc((nuint)((strings.Count + 1) * sizeof(byte*)));
        for (var i = 0; i < strings.Count; i++)
            vector[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        vector[strings.Count] = null;
        return vector;
    }

    private static void Free(byte** vector)
    {
        for (var each = vector; *each is not null; each++)
            Marshal.FreeCoTaskMem((nint)(*each));
        NativeMemory.Free(vector);
    }
}
