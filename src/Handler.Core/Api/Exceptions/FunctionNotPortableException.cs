namespace Handler;

/// <summary>
/// A function cannot be sent to a worker process. The message says which part of it cannot be sent, and what to do instead.
/// Thrown before anything starts.
/// </summary>
public sealed class FunctionNotPortableException(string message, Exception? inner = null) : ArgumentException(message, inner);
