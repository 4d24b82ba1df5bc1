using System.Globalization;

namespace Handler.Tests;

/// <summary>A cgroup that limits the number of its processes and threads. Disposing it ends all that remain in it.</summary>
internal sealed class ProcessGroupLimit : IDisposable
{
    private ProcessGroupLimit(string directory) => Directory = directory;

    public string Directory { get; }

    /// <summary>The number of its processes and threads.</summary>
    public int Count => int.Parse(File.ReadAllText(Directory + "/pids.current"), CultureInfo.InvariantCulture);

    public static ProcessGroupLimit Create(int limit)
    {
        var group = new ProcessGroupLimit($"{Parent()}/handler-test-{Guid.NewGuid():N}");
        System.IO.Directory.CreateDirectory(group.Directory);
        group.Limit(limit);
        return group;
    }

    /// <summary>Changes the limit. Processes and threads that already exist stay.</summary>
    public void Limit(int limit) => File.WriteAllText(Directory + "/pids.max", limit.ToString(CultureInfo.InvariantCulture));

    /// <summary>Why such a cgroup cannot be created here; <see langword="null"/> if it can.</summary>
    public static string? WhyNot()
    {
        try
        {
            using var group = Create(100);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"no cgroup can limit the number of processes here: {exception.Message}";
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

    /// <summary>cgroup v1 has a separate hierarchy for this; in v2 the controller must be enabled for subgroups of the root.</summary>
    private static string Parent() => System.IO.Directory.Exists("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup";
}
