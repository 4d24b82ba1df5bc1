namespace Handler.Platform;

/// <summary>Groups of system calls that a worker is denied.</summary>
[Flags]
internal enum DeniedCalls
{
    None = 0,

    /// <summary>Sockets other than Unix sockets.</summary>
    Network = 1,

    /// <summary>New processes and programs.</summary>
    Processes = 2,

    UnixSockets = 4,

    /// <summary>See <see cref="RareSystemCalls"/>.</summary>
    Rare = 8,

    /// <summary>See <see cref="FileSystemCalls.Attributes"/>.</summary>
    FileAttributes = 16,

    /// <summary>See <see cref="FileSystemCalls.Watching"/>.</summary>
    FileWatching = 32,
}
