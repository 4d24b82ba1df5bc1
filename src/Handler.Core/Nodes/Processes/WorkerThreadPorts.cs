using Handler.Platform;

namespace Handler.Nodes;

/// <summary>What a <see cref="WorkerThread"/> needs from its node.</summary>
internal sealed class WorkerThreadPorts
{
    /// <summary>Starts the process.</summary>
    public required IPlatform Platform { get; init; }

    /// <summary>The maximum size of a response, in bytes.</summary>
    public required int MaxPayloadBytes { get; init; }

    /// <summary>Takes what the workers' threads report about their processes.</summary>
    public required WorkerLifecycle Lifecycle { get; init; }

    /// <summary>Takes the workers' responses.</summary>
    public required WorkerResponses Responses { get; init; }

    public required JobSender Sender { get; init; }

    public required OutcomeDelivery Delivery { get; init; }
}
