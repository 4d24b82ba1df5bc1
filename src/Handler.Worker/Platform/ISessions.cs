namespace Handler.Platform;

/// <summary>The processes that jobs have started: all processes in workers' sessions except the workers. For one thread.</summary>
internal interface ISessions
{
    /// <summary>Updates the list of these processes.</summary>
    void Refresh();

    /// <summary>
    /// The memory that the processes of one session hold and the kernel cannot reclaim, in bytes, as of the last <see cref="Refresh"/>.
    /// </summary>
    /// <param name="leader">The worker's process id.</param>
    long UsedMemory(int leader);

    /// <summary>The groups in a session other than its leader's, among the processes that the last <see cref="Refresh"/> found.</summary>
    /// <param name="leader">The worker's process id.</param>
    /// <param name="groups">Receives the groups; it is cleared first.</param>
    void OtherGroups(int leader, List<int> groups);
}
