namespace Handler.Wire;

/// <summary>What the operating system refused a job, as its exception tells. The node knows which option may have refused it.</summary>
internal enum RefusedCall
{
    /// <summary>Nothing, as far as the exception tells.</summary>
    None,

    /// <summary>A new process.</summary>
    NewProcess,

    /// <summary>An act on another process, such as a signal or a change of its priority.</summary>
    OtherProcess,

    /// <summary>A new socket.</summary>
    Socket,

    /// <summary>A file or folder, although it may exist.</summary>
    File,

    /// <summary>A file in <c>/proc</c>.</summary>
    ProcessFile,

    /// <summary>A change of a file's rights or times.</summary>
    FileAttributes,

    /// <summary>Watching a folder.</summary>
    FileWatching,

    /// <summary>One more descriptor than the process may have open.</summary>
    Descriptor,

    /// <summary>One more thread or process than the worker may have.</summary>
    Task,
}
