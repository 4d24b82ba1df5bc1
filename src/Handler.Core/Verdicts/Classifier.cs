using Handler.Wire;
using static Handler.Platform.LibC;

namespace Handler.Verdicts;

/// <summary>Determines from the evidence what happened to a job whose worker exited while it ran.</summary>
/// <remarks>
/// The first matching row decides:
/// <list type="table">
/// <item><term>this node killed it</term><description>the reason it was killed for (timed out, cancelled, killed by a user, memory seen
/// from outside)</description></item>
/// <item><term>the worker ended itself because this node was unresponsive</term><description>lost: on a cluster its place may have been
/// given to another job</description></item>
/// <item><term>the worker reported an exceeded memory limit</term><description>out of memory, with the layer that detected
/// it</description></item>
/// <item><term>the worker reported too many processes</term><description>limit exceeded</description></item>
/// <item><term>the cgroup's limit killed it</term><description>out of memory, by the kernel; but only if SIGKILL ended the worker itself.
/// The kernel may have killed a child of an earlier job instead, which does not explain this exit</description></item>
/// <item><term>SIGKILL ended it, and this node killed it because it had closed its response pipe</term><description>exited, with this
/// reason. A worker that exits by itself closes its pipes first: then its own exit status is the reason</description></item>
/// <item><term>SIGXFSZ ended it, and the job has its own limit on the size of files</term><description>limit
/// exceeded</description></item>
/// <item><term>a finalizer threw before those of earlier jobs had run</term><description>lost: it is unknown which job the object belonged
/// to</description></item>
/// <item><term>it exited</term><description>exited, with its code; <see cref="WorkerExitCodes.ChannelLost"/> explains
/// itself</description></item>
/// <item><term>a signal ended it</term><description>exited, with the signal; the runtime's last words on stderr distinguish a stack
/// overflow, an unhandled exception and a FailFast. A SIGKILL that this node did not send came from outside, and is never reported as out
/// of memory</description></item>
/// <item><term>other code took its exit status, and it left an exit code</term><description>exited, with that code</description></item>
/// <item><term>other code took its exit status, and it left last words</term><description>exited, aborted (signal 6): the runtime writes
/// them and aborts</description></item>
/// <item><term>nothing is known</term><description>lost</description></item>
/// </list>
/// </remarks>
internal static class Classifier
{
    public static JobFailure Classify(Evidence evidence)
        => evidence switch
        {
            { Kill: { } kill } => kill,
            { NodeWasUnresponsive: true } => new JobLost(
                "The node was unresponsive for so long that the cluster may have considered it dead; "
                    + "the job was ended so that it would not run beyond its pools' limits"),
            { Memory: { } report } => report,
            { Processes: { } report } => report,
            { FileLimit: { } report, Status.Signal: SIGXFSZ } => report,
            { ControlGroup: { } report, Status: { Code: null, Signal: null or SIGKILL } } => report,
            { ClosedPipe: { } kill, Status.Signal: SIGKILL } => kill,
            { ForeignCrash: true, Status.Signal: SIGABRT } => new JobLost(
                "The worker exited because a finalizer threw; its object may have belonged to an earlier job"),
            { Status.Code: { } code } => new JobExited(code, null, ReasonOfCode(code)),
            { Status.Signal: { } signal } => new JobExited(null, signal, ReasonOfSignal(signal, evidence)),
            { OwnExitCode: { } code } => new JobExited(code, null, ReasonOfCode(code)),
            { LastWords: var words } when LastWords.Read(words) is { } reason => new JobExited(null, SIGABRT, reason),
            { ClosedPipe: { } kill } => kill,
            _ => new JobLost(
                "The worker process exited and other code in this process took its exit status. "
                    + "Linux 6.15 and later report the status anyway"),
        };

    private static string? ReasonOfCode(int code)
        => code == WorkerExitCodes.ChannelLost
            ? "its channel to Handler broke, such as when a job closes descriptors, or the job itself exited with this code"
            : null;

    private static string? ReasonOfSignal(int signal, Evidence evidence)
    {
        if (signal == SIGKILL)
            return "killed from outside Handler, such as by an operator or by the kernel because memory ran out, "
                + "or by a limit that the job set on itself";
        if (signal == SIGXFSZ)
            return "it wrote a file larger than HandlerOptions.Hardening.MaxFileBytes allows, "
                + "or than the host process may (RLIMIT_FSIZE, ulimit -f)";
        if (signal == SIGXCPU)
            return "it used more CPU time than its RLIMIT_CPU allows, "
                + "a limit that the job set on itself or that the host process has (ulimit -t)";
        if (signal == SIGSYS)
            return ReasonOfFilter(evidence.Filters);
        if (signal != SIGABRT)
            return null;

        // The runtime aborts in all of these cases, and only its text tells them apart.
        return LastWords.Read(evidence.LastWords);
    }

    private static string ReasonOfFilter(string? options)
        => "it made a system call of another architecture, which a filter of HandlerOptions.Hardening never allows"
            + (options is null ? "" : $" (the worker has one because of {options})")
            + ", or it sent itself this signal";
}
