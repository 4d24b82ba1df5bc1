namespace Handler;

/// <summary>A job as seen by the caller that started it.</summary>
internal interface IJobOwner
{
    void Detach();

    /// <summary>Kills the job. Returns <see langword="false"/>, and does nothing, if the job was detached.</summary>
    bool Abandon();
}
