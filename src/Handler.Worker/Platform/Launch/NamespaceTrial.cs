using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using static Handler.Platform.LibC;

namespace Handler.Platform;

/// <summary>
/// Starts a program that does nothing in new namespaces, as a worker would be started, to see whether this machine allows it.
/// </summary>
internal static unsafe class NamespaceTrial
{
    /// <summary>Settings of the system that forbid user namespaces: the file, the value that forbids, and the remedy.</summary>
    private static readonly (string File, string Forbids, string Reason)[] Settings =
    [
        ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces is 0: set it to a higher number"),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone is 0: set it to 1"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
            "AppArmor forbids it (kernel.apparmor_restrict_unprivileged_userns is 1): allow userns in a profile of the program unshare"),
    ];

    /// <summary>Why workers with these rights cannot be started, as the end of a sentence; <see langword="null"/> if they can.</summary>
    public static string? WhyNot(LaunchRights rights)
    {
        if (UnshareProgram.Path is null)
            return $"it needs the program unshare of util-linux, and there is none in {string.Join(", ", UnshareProgram.Folders)}";
        if (!File.Exists(UnshareProgram.Shell))
            return $"it needs {UnshareProgram.Shell}, and there is none";
        try
        {
            var (status, text) = Run(
                UnshareProgram.Wrap(
                    new WorkerCommand(UnshareProgram.Shell, [UnshareProgram.Shell, "-c", ":"], []),
                    rights with { HasUserNamespace = true, Files = null, IsolateProcesses = false }),
                WorkerTuning.Processes.TrialPatience);
            return status == 0 ? null : WhyFailed(status, text, SettingThatForbids());
        }
        catch (IOException exception)
        {
            return $"trying it failed: {exception.Message.TrimEnd('.')}";
        }
    }

    /// <summary>What the message of <c>unshare</c> means.</summary>
    /// <param name="status">How it exited, as wait4(2) reports it.</param>
    /// <param name="text">What it wrote.</param>
    /// <param name="setting">A setting of the system that forbids user namespaces, if one does.</param>
    internal static string WhyFailed(int status, string text, string? setting)
    {
        const string Try = "\"unshare --user --map-current-user --keep-caps\" failed here";
        var said = text.Length > 0 ? text.Replace("\n", "; ", StringComparison.Ordinal)
            : $"it ended with status {status.ToString(CultureInfo.InvariantCulture)}";
        if (text.Contains("option", StringComparison.Ordinal))
            return $"it needs the program unshare of util-linux 2.36 or later; this one lacks an option ({said})";
        if (text.Contains("mount", StringComparison.Ordinal))
            return $"it needs to mount a /proc of its own, which containers that hide parts of /proc prevent ({said})";
        return $"it needs user namespaces: {setting ?? $"{Try}; the seccomp filter of a container may forbid it"} ({said})";
    }

    private static string? SettingThatForbids()
    {
        foreach (var (file, forbids, reason) in Settings)
        {
            if (File.Exists(file) && File.ReadAllText(file).Trim() == forbids)
                return reason;
        }

        return null;
    }

    /// <summary>Runs a program. It ends when this process does.</summary>
    /// <param name="command">The program.</param>
    /// <param name="patience">After how many milliseconds it is killed.</param>
    /// <returns>Its exit status, as wait4(2) reports it, and what it wrote.</returns>
    /// <exception cref="IOException">It was not started, or did not end in time.</exception>
    internal static (int Status, string Text) Run(WorkerCommand command, int patience)
    {
        using var descriptors = new NewDescriptors();
        var nothing = descriptors.Nothing();
        var (output, outputWrite) = descriptors.FromWorker();
        var (_, endOfFirst) = descriptors.ToWorker(); // open on this side until the end
        var (lifeline, lifelineRead) = descriptors.ToWorker();
        var held = descriptors.Hold(lifelineRead, ref lifeline);
        var pid = LaunchThread.Spawn(
            command,
            Wire.WorkerDescriptors.All(
                nothing,
                [outputWrite, outputWrite, nothing, nothing, nothing, nothing, nothing, endOfFirst]));
        _ = Lifeline.RequestKill(held, pid); // fails only if it has ended
        descriptors.CloseOne(outputWrite);
        descriptors.CloseOne(endOfFirst);
        string text;
        try
        {
            text = ReadToEnd(output, command.Path, patience);
        }
        catch (IOException)
        {
            _ = LibC.Kill(-pid, SIGKILL);
            _ = StatusOf(pid);
            throw;
        }

        return (StatusOf(pid), text);
    }

    private static int StatusOf(int pid)
    {
        int status;
        while (Wait4(pid, &status, 0, null) < 0)
        {
            if (Marshal.GetLastPInvokeError() != EINTR)
                throw new IOException($"the program was waited for by other code ({LastError()})");
        }

        return status;
    }

    /// <summary>Reads until the programs have ended.</summary>
    /// <exception cref="IOException">They take too long, and are to be killed.</exception>
    private static string ReadToEnd(int output, string program, int patience)
    {
        var since = Stopwatch.GetTimestamp();
        var buffer = stackalloc byte[1024];
        var text = new StringBuilder();
        var poll = new PollFd { Fd = output, Events = POLLIN };
        while (true)
        {
            var left = patience - (int)Stopwatch.GetElapsedTime(since).TotalMilliseconds;
            var ready = Poll(&poll, 1, Math.Max(0, left));
            if (ready < 0 && Marshal.GetLastPInvokeError() == EINTR)
                continue;
            if (ready < 0)
                throw new IOException($"waiting for {program} failed ({LastError()})");
            if (ready == 0)
                throw new IOException($"{program} did not end within {patience} ms and was killed");
            var count = Descriptor.Read(output, buffer, 1024);
            if (count <= 0)
                return text.ToString().Trim();
            text.Append(Encoding.UTF8.GetString(buffer, count));
        }
    }
}
