using System.Diagnostics;

namespace Handler.Bench.Peers;

/// <summary>A temporary folder with the scripts of peers and the packages that they need.</summary>
internal sealed class PeerFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("handler-peers-").FullName;

    /// <summary>The folder of these files, with their packages installed.</summary>
    public async Task<string> PrepareAsync(string files, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(root, files);
        if (Directory.Exists(folder))
            return folder;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Peers", files)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        if (File.Exists(Path.Combine(folder, "package.json")))
            await InstallPackagesAsync(folder, cancellationToken);
        return folder;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static async Task InstallPackagesAsync(string folder, CancellationToken cancellationToken)
    {
        string[] arguments = ["install", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"];
        using var npm = Process.Start(new ProcessStartInfo("npm", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = npm.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = npm.StandardError.ReadToEndAsync(cancellationToken);
        await npm.WaitForExitAsync(cancellationToken);
        if (npm.ExitCode != 0)
            throw new InvalidOperationException($"npm install exited with {npm.ExitCode}: {await output}{await errors}");
    }
}
