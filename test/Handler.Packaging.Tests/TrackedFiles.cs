namespace Handler.Packaging.Tests;

/// <summary>The files of this repository.</summary>
internal static class TrackedFiles
{
    /// <summary>Lists the files that git tracks, without those that are removed but not yet committed.</summary>
    /// <param name="pattern">A pattern of git, such as <c>*.cs</c>.</param>
    /// <returns>Their paths, relative to the repository.</returns>
    public static async Task<List<string>> ListAsync(string pattern)
    {
        var names = await Command.RunAsync("git", ConsumerFolder.Repository, "ls-files", "-z", "--", pattern);
        return [.. names.Split('\0').Where(static name => File.Exists(Path.Combine(ConsumerFolder.Repository, name)))];
    }
}
