namespace Handler.BadJobs;

/// <summary>How a job and its test wait for each other: each leaves a file for the other. No file holds anything.</summary>
public static class Signs
{
    /// <summary>Leaves a sign.</summary>
    public static void Leave(string path) => File.WriteAllText(path, "");

    /// <summary>Waits until there is a sign.</summary>
    public static void Await(string path)
    {
        while (!File.Exists(path))
            Thread.Sleep(1);
    }

    /// <summary>Leaves a sign, then waits for another one.</summary>
    public static void LeaveAndAwait(string path, string other)
    {
        Leave(path);
        Await(other);
    }
}
