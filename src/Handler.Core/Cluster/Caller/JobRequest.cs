namespace Handler.Cluster;

/// <summary>Asks a node to run a job. The function is opaque to it: only workers look inside.</summary>
internal sealed record JobRequest
{
    public required CallId Call { get; init; }

    /// <summary>The pool that must admit it; <see langword="null"/> for none.</summary>
    public string? Pool { get; init; }

    /// <summary>Its limits, and how it is to be admitted.</summary>
    public required JobOptions Options { get; init; }

    /// <summary>The function with its captured values, encoded.</summary>
    public required ReadOnlyMemory<byte> Function { get; init; }

    /// <summary>Whether to answer when the job is admitted, instead of when it has ended.</summary>
    public bool AnswerWhenAdmitted { get; init; }

    /// <summary>About what a node keeps for a call besides its payload.</summary>
    public const int Overhead = 512;

    /// <summary>The bytes of all that its caller may make as large as he likes, besides the function.</summary>
    public int TextBytes => sizeof(char) * ((Pool?.Length ?? 0) + (Options.Name?.Length ?? 0) + (Options.DelegateParam?.Length ?? 0));

    /// <summary>So many bytes a node holds for it until it has ended.</summary>
    public long HeldBytes => Overhead + Function.Length + TextBytes;

    /// <summary>Whether a node without room has handed it on: then it is not handed on again.</summary>
    public bool HandedOver { get; init; }
}
