namespace Handler.Tests;

/// <summary>The checkout that the tests run from.</summary>
internal static class Solution
{
    public static string Folder { get; } = FindFolder();

    private static string FindFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Handler.Orleans.sln")))
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("The tests do not run below the folder of Handler.Orleans.sln.");
        return folder;
    }
}
