using System.Diagnostics;
using Handler.Platform;

namespace Handler.Tests.Platform;

/// <summary>The processes that one process has started. Here a shell in a session of its own plays the worker.</summary>
public sealed class LinuxSessionsTests
{
    private readonly LinuxSessions sessions = new(new WorkersInNamespaces());

    [Fact]
    public async Task Descendants_count_in_every_session_and_other_processes_do_not()
    {
        using var worker = Start("setsid sleep 600 & sleep 600 & wait");
        using var other = Start("exec sleep 600");
        try
        {
            await Wait.Until(() => UseOf(worker).Processes == 2, "the two children");
            Assert.Equal(0, UseOf(other).Processes);
            var outside = new List<StartedProcess>();
            await Wait.Until(() => IsOneOutside(worker, outside), "the child to leave the session");
            Assert.True(ProcessStat.TryRead(outside[0].Pid, out var stat));
            Assert.Equal((outside[0].StartedAt, worker.Id), (stat.StartedAt, stat.ParentPid));
            Session.KillOutside([.. outside]);
            await Wait.Until(() => UseOf(worker).Processes == 1, "the child outside to end");
        }
        finally
        {
            _ = LibC.Kill(-worker.Id, LibC.SIGKILL);
            other.Kill();
        }
    }

    [Fact]
    public async Task A_process_that_has_reused_the_id_is_not_killed()
    {
        using var other = Start("exec sleep 600");
        Assert.True(ProcessStat.TryRead(other.Id, out var stat));
        Session.KillOutside([new StartedProcess(other.Id, stat.StartedAt - 1)]);
        Assert.False(other.HasExited);
        other.Kill();
        await other.WaitForExitAsync();
    }

    [Fact]
    public async Task The_CPU_time_of_children_that_were_waited_for_stays()
    {
        using var worker = Start("sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; sleep 600");
        await Wait.Until(() => UseOf(worker) is { CpuNanoseconds: > 0, Processes: 1 }, "the first child to end");
        _ = LibC.Kill(-worker.Id, LibC.SIGKILL);
    }

    private bool IsOneOutside(Process worker, List<StartedProcess> outside)
    {
        sessions.Refresh();
        sessions.OutsideSession(worker.Id, outside);
        return outside.Count == 1;
    }

    private SessionUse UseOf(Process worker)
    {
        sessions.Refresh();
        return sessions.UseOf(worker.Id);
    }

    private static Process Start(string command) => Process.Start("setsid", ["sh", "-c", command]);
}
