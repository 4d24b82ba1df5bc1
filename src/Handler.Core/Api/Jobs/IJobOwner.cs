namespace Handler;

/// <summary>A job as whoever has started it holds it.</summary>
internal interface IJobOwner
{
    void Detach();

    /// <summary>Kills the job, unless it was detached: then <see langword="false"/>.</summary>
    bool Abandon();
}
