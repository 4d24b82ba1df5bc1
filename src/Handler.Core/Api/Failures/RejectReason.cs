using System.Text.Json.Serialization;

namespace Handler;

/// <summary>Why a job was not admitted.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RejectReason>))]
public enum RejectReason
{
    /// <summary>All workers of the pool are taken.</summary>
    NoWorkersAvailable = 1,

    /// <summary>The pool has less memory left than the job reserves.</summary>
    InsufficientMemory = 2,

    /// <summary>
    /// The pool, or on a cluster the node of a job without a pool, did not reply within <see cref="JobOptions.PoolTimeout"/>.
    /// </summary>
    PoolTimeout = 3,

    /// <summary>No pool has the name that the caller, a parent or a selector gave.</summary>
    NoSuchPool = 4,

    /// <summary>The maximum number of jobs is already waiting.</summary>
    QueueFull = 5,

    /// <summary>
    /// The pool's selector threw, no selector is registered under its name, or selectors sent the job through more than 64 pools. The log
    /// has details.
    /// </summary>
    SelectorFailed = 6,

    /// <summary>
    /// On a cluster: the function with its captured values is larger than the silo's <see cref="HandlerOptionsBase.MaxPayloadBytes"/>.
    /// </summary>
    PayloadTooLarge = 7,

    /// <summary>
    /// The node could not start a worker process for the whole <see cref="HandlerOptions.StartTimeout"/>, or several workers in a row
    /// exited before they started the job. The message says why. The function has not run.
    /// </summary>
    WorkersDoNotStart = 8,

    /// <summary>The pool's selector returned no parent for the job.</summary>
    NoParentSelected = 9,

    /// <summary>The node, or on a cluster the silo, has no profile of the name that the pool gives.</summary>
    NoSuchProfile = 10,
}
