namespace Handler.Platform;

/// <summary>A file, or a folder with all that is in it, that a process may use.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="MayWrite">Whether the process may write there; otherwise it may only read and execute.</param>
/// <param name="Option">
/// The option that names the path, which must then exist; <see langword="null"/> for a path that may be absent.
/// </param>
internal readonly record struct FileRule(string Path, bool MayWrite = false, string? Option = null);
