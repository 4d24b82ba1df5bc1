namespace Handler.Pools;

/// <summary>What runs the job of a <see cref="Lease"/>, and is told when the job is killed.</summary>
internal interface ILeaseRunner : ILeaseStage;
