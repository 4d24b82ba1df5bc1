namespace Handler.TestHost;

/// <summary>Two workers, each of which has written files to its private temporary folder and waits.</summary>
internal static class WritingWorkers
{
    private const int Workers = 2;

    /// <summary>Runs until it is killed.</summary>
    /// <param name="marker">Marks the workers.</param>
    /// <param name="place">The folder in which the private folders are made.</param>
    public static async Task RunAsync(string marker, string place)
    {
        await using var handler = await EmbeddedHandler.StartAsync(options =>
        {
            (options.MaxWorkers, options.MinWorkers, options.SpareWorkers) = (Workers, Workers, 0);
            options.WorkerEnvironment[Program.Variable] = marker;
            options.WorkerEnvironment["TMPDIR"] = place;
            options.Hardening.PrivateTemporaryFolder = true;
        });
        var jobs = Enumerable.Range(0, Workers).Select(_ => handler.RunAsync(static () => WriteAndWait())).ToList();
        Console.WriteLine("running");
        await Task.WhenAll(jobs);
    }

    private static void WriteAndWait()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "folder")).FullName;
        File.WriteAllText(Path.Combine(folder, "file"), "left");
        File.WriteAllText(Path.Combine(Path.GetTempPath(), "done"), "");
        Thread.Sleep(Timeout.Infinite);
    }
}
