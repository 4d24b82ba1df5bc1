using System.Runtime.InteropServices;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Starts a process from a thread that first drops the rights that the process must not have. On Linux the priority, the user, the
/// capabilities and the right to new privileges belong to a thread, and a process that the thread starts inherits them. The process
/// therefore lacks these rights from its first instruction, in all of its threads. Dropping them in the worker would be too late: the
/// runtime already has its own threads by then, and a finalizer would run with full rights. The thread ends immediately. If it stayed, a
/// later <c>setuid</c> of the application would abort, because that must succeed on all threads.
/// </summary>
internal static unsafe class LaunchThread
{
    private const string Fallback = "/";

    /// <summary>Changing the user on one thread makes the whole process undumpable. One thread at a time restores this.</summary>
    private static readonly Lock Dumpable = new();

    /// <returns>The process id.</returns>
    /// <exception cref="IOException">The program could not be started, or could not work with its remaining rights.</exception>
    public static int Spawn(WorkerCommand command, (int Ours, int Theirs)[] descriptors)
    {
        var pid = 0;
        IOException? failure = null;
        var thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Handler launch" };
        try
        {
            thread.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            throw new IOException(
                "Starting a worker: the system refused a thread to start it from. "
                    + (DescriptorLimit.WhyNone() ?? "The limits on processes and threads (ulimit -u, TasksMax, pids.max) may be used up."),
                exception);
        }

        thread.Join();
        return failure is null ? pid : throw failure;

        void Run()
        {
            try
            {
                GiveUp(command.Rights);
                Check(command);
                if (!command.Rights.HasUserNamespace)
                    Landlock.Restrict(command.Rights.Files, command.Rights.IsolateProcesses);
                pid = SpawnCall.Run(command, CanEnter(command.Directory) ? command.Directory : Fallback, descriptors);
            }
            catch (Exception exception)
            {
                failure = exception as IOException ?? new IOException($"Starting a worker: {exception.Message}", exception);
            }
        }
    }

    private static void GiveUp(LaunchRights rights)
    {
        if (rights.Niceness > 0 && SetPriority(PRIO_PROCESS, 0, GetPriority(PRIO_PROCESS, 0) + rights.Niceness) != 0)
            throw new IOException($"HandlerOptions.Hardening.Niceness = {rights.Niceness} failed: {LastError()}.");
        if (rights.NetworkNamespace && !rights.HasUserNamespace && NetworkNamespace.TryEnter() is { } why)
            throw new IOException($"HandlerOptions.Hardening.NetworkNamespace: {why}.");
        DropCapabilitiesAndUser(rights);
        if (rights.NoNewPrivileges && PrCtl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            throw new IOException($"HandlerOptions.Hardening.NoNewPrivileges failed: {LastError()}.");
    }

    /// <summary>
    /// Drops the right to regain capabilities, while this thread still has the right to do so, and then the user and the capabilities.
    /// </summary>
    private static void DropCapabilitiesAndUser(LaunchRights rights)
    {
        int? kept = rights.HasUserNamespace && rights.RunsAsRoot ? Capabilities.SetFileCapabilities : null;
        if (rights.DropCapabilities)
            Capabilities.DropBounding(kept);
        if (rights.UserId is { } user)
            Become((uint)user);
        if (rights.DropCapabilities && !Capabilities.Drop(kept))
            throw new IOException($"HandlerOptions.Hardening.DropCapabilities failed: {LastError()}.");
    }

    /// <summary>Uses system calls directly: the functions of the C library would change the user of all threads of this process.</summary>
    private static void Become(uint user)
    {
        lock (Dumpable)
        {
            var dumpable = PrCtl(PR_GET_DUMPABLE, 0, 0, 0, 0);
            var id = (nint)user;
            var changed = SysCall(SystemCallNumbers.SetGroups, 0, 0, 0, 0) == 0
                && SysCall(SystemCallNumbers.SetResGid, id, id, id, 0) == 0
                && SysCall(SystemCallNumbers.SetResUid, id, id, id, 0) == 0;
            var error = LastError();
            if (dumpable is 0 or 1)
                _ = PrCtl(PR_SET_DUMPABLE, (nuint)dumpable, 0, 0, 0);
            if (!changed)
                throw new IOException(
                    $"HandlerOptions.Hardening.UserId = {user} failed: {error}; it needs root or CAP_SETUID and CAP_SETGID.");
        }
    }

    /// <summary>
    /// Checks that the worker can read its files. Without this check it would start and then fail each job with an assembly that cannot be
    /// found.
    /// </summary>
    private static void Check(WorkerCommand command)
    {
        if (command.Rights.UserId is null && !(command.Rights.DropCapabilities && GetEffectiveUser() == 0))
            return; // it has the same rights as this process
        foreach (var file in command.Reads)
        {
            if (IsDenied(file, R_OK))
                throw Denied(command.Rights, "read", file, "Give it the right to read that file and to enter each folder above it");
        }

        if (command.TemporaryFolder is { } folder && IsDenied(folder, W_OK | X_OK))
            throw Denied(
                command.Rights,
                "write to",
                folder,
                "This is TMPDIR, the folder for temporary files: "
                    + "set another one in HandlerOptions.WorkerEnvironment, or give the right to write to it");
    }

    private static IOException Denied(LaunchRights rights, string what, string path, string remedy)
    {
        var who = rights.UserId is { } user
            ? $"Workers run as user {user} (HandlerOptions.Hardening.UserId), and this user cannot"
            : "Workers run as root without its capabilities (HandlerOptions.Hardening.DropCapabilities), and so cannot";
        return new IOException($"Starting a worker: {who} {what} {path}: permission denied. {remedy}.");
    }

    private static bool IsDenied(string path, int mode)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + '\0'))
            return Access(bytes, mode) != 0 && Marshal.GetLastPInvokeError() == EACCES;
    }

    private static bool CanEnter(string directory)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(directory + '\0'))
            return Access(bytes, X_OK) == 0;
    }
}
