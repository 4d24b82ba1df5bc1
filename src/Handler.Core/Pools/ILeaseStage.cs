namespace Handler.Pools;

/// <summary>
/// How far the job of a <see cref="Lease"/> is: what runs it, or why it was killed before it started, or how it has ended.
/// </summary>
internal interface ILeaseStage;
