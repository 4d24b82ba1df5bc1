using System.Text.Json.Serialization;

namespace Handler;

/// <summary>How a job ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobOutcomeKind>))]
public enum JobOutcomeKind
{
    /// <summary>The function returned.</summary>
    Completed = 1,

    /// <summary>The function threw, or its value could not be sent back: <see cref="JobFailed"/>.</summary>
    Failed = 2,

    /// <summary>The function ran longer, or used more CPU time, than it was allowed to: <see cref="JobTimedOut"/>.</summary>
    TimedOut = 3,

    /// <summary>The function used more memory than it was allowed to: <see cref="JobOutOfMemory"/>.</summary>
    OutOfMemory = 4,

    /// <summary>The worker process exited while the function ran: <see cref="JobExited"/>.</summary>
    Exited = 5,

    /// <summary>The job was killed on purpose: <see cref="JobKilled"/>.</summary>
    Killed = 6,

    /// <summary>The node or worker that ran the job went away: <see cref="JobLost"/>.</summary>
    Lost = 7,

    /// <summary>The job was not admitted and never started: <see cref="JobRejected"/>.</summary>
    Rejected = 8,

    /// <summary>The function exceeded a limit on processes or on the size of files: <see cref="JobLimitExceeded"/>.</summary>
    LimitExceeded = 9,
}
