namespace Handler.Platform;

/// <summary>What the processes use that a job has started.</summary>
/// <param name="Processes">How many run.</param>
/// <param name="MemoryBytes">
/// The memory that they hold and the kernel cannot reclaim, in bytes, less what they share with the worker since a fork.
/// </param>
/// <param name="CpuNanoseconds">Their CPU time since the worker started, in ns, including that of processes that were waited for.</param>
internal sealed record SessionUse(int Processes, long MemoryBytes, long CpuNanoseconds);
