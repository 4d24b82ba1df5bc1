namespace Handler.Platform;

/// <summary>
/// The processes that jobs have started: the descendants of workers and the other processes in workers' sessions. For one thread.
/// </summary>
internal interface ISessions
{
    /// <summary>Updates the list of these processes.</summary>
    void Refresh();

    /// <summary>What the processes that one worker has started use now, among those that the last <see cref="Refresh"/> found.</summary>
    /// <param name="leader">The worker's process id.</param>
    SessionUse UseOf(int leader);

    /// <summary>The groups of these processes other than the worker's own.</summary>
    /// <param name="leader">The worker's process id.</param>
    /// <param name="groups">Receives the groups; it is cleared first.</param>
    void OtherGroups(int leader, List<int> groups);

    /// <summary>Those of these processes that have left the worker's session.</summary>
    /// <param name="leader">The worker's process id.</param>
    /// <param name="processes">Receives the processes; it is cleared first.</param>
    void OutsideSession(int leader, List<StartedProcess> processes);
}
