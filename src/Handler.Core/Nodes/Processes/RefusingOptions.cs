using Handler.Wire;

namespace Handler.Nodes;

/// <summary>Which options of hardening refuse what the operating system refused a job.</summary>
internal static class RefusingOptions
{
    /// <summary>The names of those that are set; <see langword="null"/> if none is.</summary>
    public static string? Of(HardeningOptions options, RefusedCall refused)
    {
        (bool IsSet, string Option)[] refusing = refused switch
        {
            RefusedCall.NewProcess => [(options.DenyProcesses, nameof(options.DenyProcesses))],
            RefusedCall.OtherProcess =>
            [
                (options.IsolateProcesses, nameof(options.IsolateProcesses)),
                (options.DenyRareSystemCalls, nameof(options.DenyRareSystemCalls)),
            ],
            RefusedCall.Socket =>
            [
                (options.DenyNetwork, nameof(options.DenyNetwork)),
                (options.DenyUnixSockets, nameof(options.DenyUnixSockets)),
            ],
            RefusedCall.File =>
            [
                (options.RestrictReads, nameof(options.RestrictReads)),
                (options.RestrictWrites, nameof(options.RestrictWrites)),
            ],
            RefusedCall.ProcessFile =>
            [
                (options.RestrictWrites, nameof(options.RestrictWrites)),
                (options.IsolateProcesses, nameof(options.IsolateProcesses)),
            ],
            RefusedCall.FileAttributes => [(options.DenyFileAttributes, nameof(options.DenyFileAttributes))],
            RefusedCall.FileWatching => [(options.DenyFileWatching, nameof(options.DenyFileWatching))],
            RefusedCall.Descriptor => [(options.MaxOpenFiles is not null, nameof(options.MaxOpenFiles))],
            RefusedCall.Task => [(options.MaxTasks is not null, nameof(options.MaxTasks))],
            _ => [],
        };
        var set = string.Join(", ", refusing.Where(static each => each.IsSet).Select(static each => each.Option));
        return set.Length > 0 ? set : null;
    }
}
