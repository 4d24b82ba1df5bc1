namespace Handler.Guard;

/// <summary>The phases of a job in its worker.</summary>
internal enum JobPhase
{
    /// <summary>The worker reads the arguments.</summary>
    Reading,

    /// <summary>The function runs.</summary>
    Running,

    /// <summary>The worker writes the result.</summary>
    Writing,
}
