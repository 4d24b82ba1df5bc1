namespace Handler.Tests;

/// <summary>A folder in which the jobs of a test leave signs. Each sign is a separate file, so that writers never collide.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("handler-test-");

    /// <summary>Its own path.</summary>
    public string Path => folder.FullName;

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(folder.FullName, name);

    /// <summary>The files that are there.</summary>
    public string[] Names() => [.. folder.EnumerateFiles().Select(each => each.Name)];

    /// <summary>Waits until a job has left a sign.</summary>
    public Task WaitFor(string name) => Wait.Until(() => System.IO.File.Exists(File(name)), $"the job never got as far as \"{name}\"");

    public void Dispose() => folder.Delete(recursive: true);
}
