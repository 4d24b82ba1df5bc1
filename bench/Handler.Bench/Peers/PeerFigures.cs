namespace Handler.Bench.Peers;

/// <summary>All figures of one peer.</summary>
/// <param name="Name">The peer and its version.</param>
/// <param name="Speed">How fast it is.</param>
/// <param name="BusyLoop">When its busy loop stopped.</param>
/// <param name="Objects">What became of a job that allocates objects; <see langword="null"/> if the host did not survive it.</param>
/// <param name="Buffer">What became of a job that allocates a buffer; <see langword="null"/> if the host did not survive it.</param>
internal sealed record PeerFigures(string Name, PeerSpeed Speed, PeerStop BusyLoop, AllocationResult? Objects, AllocationResult? Buffer);
