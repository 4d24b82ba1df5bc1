using Handler.Platform;

namespace Handler.Nodes;

/// <summary>The requests to send to a worker after it has responded.</summary>
/// <param name="Length">The number of bytes in the buffer: the requests that share one write.</param>
/// <param name="Alone">A job that is to be sent separately.</param>
/// <param name="WasEmpty">Whether the worker had responded to all of its jobs, so that its output so far belongs to no later job.</param>
/// <param name="Others">Requests to send to other workers, for which the place of this one became free.</param>
internal readonly record struct Refill(int Length, Job? Alone, bool WasEmpty, List<(IWorkerProcess Process, Job Job)>? Others);
