using Handler.Guard;
using Handler.Platform;
using Handler.Wire;

namespace Handler;

/// <summary>
/// The worker process. Its parent starts it in its own session, with the descriptors of <see cref="WorkerDescriptors"/>. It runs one job at
/// a time on its main thread until the parent closes the request pipe or kills it.
/// </summary>
internal static unsafe class Program
{
    internal static int Main()
    {
        if (NamespaceEntry.IsDue)
            return NamespaceEntry.Run();

        // Processes that a job starts must not inherit these descriptors.
        for (var fd = WorkerDescriptors.Requests; fd < WorkerDescriptors.End; fd++)
        {
            if (LibC.Fcntl(fd, LibC.F_SETFD, LibC.FD_CLOEXEC) != 0)
                return Refuse("This program is a Handler worker; only Handler can start it.");
        }

        LibC.RLimit stack;
        if (LibC.GetRLimit(LibC.RLIMIT_STACK, &stack) == 0 && stack.Soft < WorkerTuning.Loop.LeastStack)
            return Refuse(
                $"The stack limit is {stack.Soft} bytes (RLIMIT_STACK, ulimit -s); jobs need at least {WorkerTuning.Loop.LeastStack}.");

        if (ProcEntries.HasThread(Finalizers.RuntimeThreadName) == false && !Finalizers.TryNameThread())
        {
            // Not a return: the runtime would wait for the missing finalizer thread before it exits.
            _ = Refuse("The system refused the runtime its finalizer thread.");
            LibC.ExitNow(WorkerExitCodes.SetupFailed);
        }

        JobCulture.StartLoading();
        StopSignals.LeaveToParent();
        if (!Lifeline.Tie())
            return WorkerExitCodes.Dismissed;
        var page = (SharedPage*)
            LibC.MMap(null, SharedPage.Size, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, WorkerDescriptors.Page, 0);
        if ((nint)page == -1)
            return Refuse($"mapping the shared page failed: {LibC.LastError()}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => SharedPage.NoteExit(page, Environment.ExitCode);
        return new WorkerLoop(page).Run();
    }

    /// <summary>Does not use Console, which would add milliseconds to every start.</summary>
    internal static int Refuse(string message)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(message + "\n");
        fixed (byte* text = bytes)
            _ = Descriptor.WriteAll(2, text, bytes.Length);
        return WorkerExitCodes.SetupFailed;
    }
}
