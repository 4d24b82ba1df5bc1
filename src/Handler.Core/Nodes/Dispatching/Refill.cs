namespace Handler.Nodes;

/// <summary>What a worker is to be sent after it has answered.</summary>
/// <param name="Length">How many bytes of the buffer: the requests that share one write.</param>
/// <param name="Alone">A job that is to be sent by itself.</param>
/// <param name="WasEmpty">Whether the worker had answered all it had, so that its output so far belongs to no job to come.</param>
internal readonly record struct Refill(int Length, Job? Alone, bool WasEmpty);
