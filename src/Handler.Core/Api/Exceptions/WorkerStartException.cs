namespace Handler;

/// <summary>Worker processes cannot be started. The message says how the start was attempted and what the process wrote.</summary>
public sealed class WorkerStartException(string message) : Exception(message);
