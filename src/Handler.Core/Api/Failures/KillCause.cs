using System.Text.Json.Serialization;

namespace Handler;

/// <summary>Why a job was killed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<KillCause>))]
public enum KillCause
{
    /// <summary>The caller's cancellation token was cancelled, or the job's <see cref="JobHandle{T}"/> was disposed.</summary>
    CallerCancelled = 1,

    /// <summary>The job was killed through its pool: by id, by name or with the whole pool.</summary>
    UserKilled = 2,

    /// <summary>The handler was disposed, or the silo is shutting down.</summary>
    Shutdown = 3,

    /// <summary>The caller stopped asking for the job: its process died, or could not reach the cluster for too long.</summary>
    CallerGone = 4,
}
