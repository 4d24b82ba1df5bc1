using Handler.Pools;

namespace Handler.Embedded;

/// <summary>The jobs that a kill in the pools of this process has found.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Runners">What was attached to their leases. It has yet to be killed, outside of the turn. A job without one was not
/// submitted yet: it is killed as soon as it is attached.</param>
internal readonly record struct KilledJobs(int Count, IReadOnlyCollection<ILeaseStage> Runners);
