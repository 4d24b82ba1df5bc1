namespace Handler.Platform;

/// <summary>
/// The operating system services that a node needs. All code that is specific to an operating system is behind this interface and in this
/// folder.
/// </summary>
internal interface IPlatform
{
    /// <summary>Why workers cannot run here, in one sentence; <see langword="null"/> if they can.</summary>
    string? WhyUnsupported();

    /// <summary>
    /// Why this process cannot have that many workers at the same time, as the end of a sentence about them; <see langword="null"/> if no
    /// obstacle is known.
    /// </summary>
    /// <param name="workers">The number of workers.</param>
    /// <param name="inNamespaces">Whether workers have process namespaces, which takes more of this process.</param>
    string? WhyNotSoMany(int workers, bool inNamespaces);

    /// <summary>Starts a worker process. Blocks the calling thread until the process is started, not until the worker is ready.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    IWorkerProcess Start(WorkerCommand command);

    /// <summary>Looks for cgroups, as the options ask.</summary>
    /// <param name="mode">Whether cgroups are wanted.</param>
    /// <param name="controllers">The controllers that workers' groups should have in addition to that of memory.</param>
    /// <returns>The result, for the log: the version in use, or why there is none.</returns>
    ControlGroups OpenControlGroups(ControlGroupMode mode, params IReadOnlyCollection<string> controllers);

    /// <summary>Opens the view of the other processes in the sessions of workers.</summary>
    ISessions OpenSessions();

    /// <summary>Creates an alarm clock for one thread.</summary>
    IAlarm CreateAlarm();

    /// <summary>Creates an object with which one thread waits until workers have room for more of a request.</summary>
    /// <exception cref="IOException">The operating system refused.</exception>
    IRoomWatch CreateRoomWatch();

    /// <summary>Starts a background thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="run">The code to run. An exception that leaves it ends the whole process.</param>
    /// <param name="priority">Its priority.</param>
    /// <exception cref="IOException">The operating system refused; the message says which limits may be the cause.</exception>
    Thread StartThread(string name, ThreadStart run, ThreadPriority priority = ThreadPriority.Normal);
}
