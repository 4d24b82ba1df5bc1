using System.Globalization;

namespace Handler.Tests;

/// <summary>A control group that limits how many processes and threads are in it. Disposing it ends all that is left in it.</summary>
internal sealed class ProcessGroupLimit : IDisposable
{
    private ProcessGroupLimit(string directory) => Directory = directory;

    public string Directory { get; }

    /// <summary>How many processes and threads are in it.</summary>
    public int Count => int.Parse(File.ReadAllText(Directory + "/pids.current"), CultureInfo.InvariantCulture);

    public static ProcessGroupLimit Create(int limit)
    {
        var group = new ProcessGroupLimit($"{Parent()}/handler-test-{Guid.NewGuid():N}");
        System.IO.Directory.CreateDirectory(group.Directory);
        group.Limit(limit);
        return group;
    }

    /// <summary>Changes the limit; what is there already stays.</summary>
    public void Limit(int limit) => File.WriteAllText(Directory + "/pids.max", limit.ToString(CultureInfo.InvariantCulture));

    /// <summary>Why no such group can be made here; <see langword="null"/> when it can.</summary>
    public static string? WhyNot()
    {
        try
        {
            using var group = Create(100);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"no control group can limit the number of processes here: {exception.Message}";
        }
    }

    public void Dispose()
    {
        var procs = Directory + "/cgroup.procs";
        for (var left = File.ReadAllLines(procs); left.Length > 0; left = File.ReadAllLines(procs))
        {
            foreach (var pid in left)
                _ = Signals.Send(int.Parse(pid, CultureInfo.InvariantCulture), Signals.Kill);
            Thread.Yield();
        }

        System.IO.Directory.Delete(Directory);
    }

    /// <summary>Version 1 has a hierarchy of its own for this; in version 2 the controller must be enabled for subgroups of the root.</summary>
    private static string Parent() => System.IO.Directory.Exists("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
}
