using Handler.Wire;

namespace Handler.Verdicts;

/// <summary>Says from the evidence what happened to a job whose worker ended under it.</summary>
/// <remarks>
/// The first row that applies decides:
/// <list type="table">
/// <item><term>this node killed it</term><description>the reason it was killed for (timed out, cancelled, killed by a user, memory seen from outside)</description></item>
/// <item><term>the worker ended itself because this node stood still</term><description>lost: on a cluster its place may have been given away</description></item>
/// <item><term>the worker reported a passed memory limit</term><description>out of memory, with the layer that saw it</description></item>
/// <item><term>the control group's limit killed it</term><description>out of memory, by the kernel; but only where SIGKILL ended the worker itself: the kernel may have killed a child of an earlier job, which is no reason for how this one ends</description></item>
/// <item><term>a finalizer threw before those of earlier jobs had been run</term><description>lost: whose it was cannot be told</description></item>
/// <item><term>it exited</term><description>exited, with its code; <see cref="WorkerExitCodes.ChannelLost"/> explains itself</description></item>
/// <item><term>a signal ended it</term><description>exited, with the signal; the runtime's last words on stderr tell a stack overflow, an unhandled exception and a FailFast apart. SIGKILL that is not ours came from outside, and is never called out of memory</description></item>
/// <item><term>its status was taken by something else, and it left an exit code</term><description>exited, with that code</description></item>
/// <item><term>its status was taken by something else, and it left last words</term><description>exited, aborted (signal 6): the runtime writes them and aborts</description></item>
/// <item><term>nothing is known</term><description>lost</description></item>
/// </list>
/// </remarks>
internal static class Classifier
{
    private const int SigAbrt = 6, SigKill = 9, SigXcpu = 24, SigXfsz = 25;

    public static Verdict Classify(Evidence evidence) => evidence switch
    {
        { Kill: { } kill } => kill,
        { NodeStoodStill: true } => new Verdict.Lost("The node stood still for so long that the cluster may have taken it for dead; the job was ended so that it would not run beyond its pools' limits"),
        { Memory: { } report } => new Verdict.OutOfMemory(report.Limit, report.Used, report.Source),
        { ControlGroup: { } report, Status: { Code: null, Signal: null or SigKill } } => new Verdict.OutOfMemory(report.Limit, report.Used, report.Source),
        { ForeignCrash: true, Status.Signal: SigAbrt } => new Verdict.Lost("The worker ended because a finalizer threw, which may have been one of an object that an earlier job had dropped"),
        { Status.Code: { } code } => new Verdict.Exited(code, null, ReasonOfCode(code)),
        { Status.Signal: { } signal } => new Verdict.Exited(null, signal, ReasonOfSignal(signal, evidence.LastWords)),
        { OwnExitCode: { } code } => new Verdict.Exited(code, null, ReasonOfCode(code)),
        { LastWords: var words } when LastWords.Read(words) is { } reason => new Verdict.Exited(null, SigAbrt, reason),
        _ => new Verdict.Lost("The worker process ended and something else in this process took its exit status. Linux 6.15 and later tell it all the same"),
    };

    private static string? ReasonOfCode(int code)
        => code == WorkerExitCodes.ChannelLost ? "its channel to Handler no longer worked, as when a job closes descriptors, or the job exited with this code itself" : null;

    private static string? ReasonOfSignal(int signal, string lastWords)
    {
        if (signal == SigKill)
            return "killed from outside Handler, such as by an operator or by the kernel for want of memory, or by a limit that the job set on itself";
        if (signal == SigXfsz)
            return "it wrote a file larger than HandlerOptions.Hardening.MaxFileBytes allows, or than the host process may (RLIMIT_FSIZE, ulimit -f)";
        if (signal == SigXcpu)
            return "it used more processor time than its RLIMIT_CPU allows, a limit that the job set on itself or that the host process has (ulimit -t)";
        if (signal != SigAbrt)
            return null;

        // The runtime aborts for all of these and only its text tells which.
        return LastWords.Read(lastWords);
    }
}
