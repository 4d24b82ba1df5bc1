using Handler.Infrastructure;

namespace Handler.Cluster;

/// <summary>Asks a node to run a job. The function is opaque to the node: only workers decode it.</summary>
internal sealed record JobRequest
{
    public required CallId Call { get; init; }

    /// <summary>The pool that must admit it; <see langword="null"/> for none.</summary>
    public string? Pool { get; init; }

    /// <summary>The job's limits, and how it is admitted.</summary>
    public required JobOptions Options { get; init; }

    /// <summary>The function with its captured values, encoded.</summary>
    public required ReadOnlyMemory<byte> Function { get; init; }

    /// <summary>Whether to reply when the job is admitted, instead of when it has ended.</summary>
    public bool ReplyWhenAdmitted { get; init; }

    /// <summary>The size in bytes of all texts, besides the function, whose length the caller chooses.</summary>
    public int TextBytes => sizeof(char) * ((Pool?.Length ?? 0) + (Options.Name?.Length ?? 0) + (Options.SelectorArgument?.Length ?? 0));

    /// <summary>The number of bytes that a node holds for the request until the job has ended.</summary>
    public long HeldBytes => Tuning.Calls.Overhead + Function.Length + TextBytes;

    /// <summary>Whether a node without room has already handed it over; it is then not handed over again.</summary>
    public bool HandedOver { get; init; }
}
