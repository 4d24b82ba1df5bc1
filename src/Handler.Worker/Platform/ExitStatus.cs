namespace Handler.Platform;

/// <summary>How a process exited.</summary>
/// <param name="Code">Its exit code, if it exited.</param>
/// <param name="Signal">The signal's number, if a signal killed it.</param>
/// <param name="CpuNanoseconds">Its CPU time from start to exit, in ns.</param>
internal readonly record struct ExitStatus(int? Code, int? Signal, long CpuNanoseconds);
