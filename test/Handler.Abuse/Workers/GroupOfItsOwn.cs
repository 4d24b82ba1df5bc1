using System.Diagnostics;

namespace Handler.Abuse;

/// <summary>
/// A host whose job starts a process that leads its own process group, writes the ids of its worker and of that process to a file, and does
/// not end.
/// </summary>
public sealed class GroupOfItsOwn : IScenario
{
    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments)
    {
        await using var handler = await EmbeddedHandler.StartAsync(options => options.MaxWorkers = 1);
        var path = arguments[0];
        await handler.RunAsync(() => StartAndStay(path), new JobLimits { Timeout = TimeSpan.FromMinutes(5) });
    }

    /// <summary>Starts the process, writes both ids to the file, and never returns.</summary>
    public static void StartAndStay(string path)
    {
        using var child = Process.Start("timeout", ["300", "sleep", "300"]);
        while (JobCalls.GroupOf(child.Id) != child.Id)
            Thread.Yield();
        File.WriteAllText(path + ".new", $"{Environment.ProcessId} {child.Id}");
        File.Move(path + ".new", path);
        Thread.Sleep(Timeout.Infinite);
    }
}
