namespace Handler.Shared;

/// <summary>One process.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="ParentPid">Its parent's id.</param>
/// <param name="IsZombie">Whether it has ended and its parent has not reaped it.</param>
internal sealed record ProcessEntry(int Pid, int ParentPid, bool IsZombie);
