namespace Handler.Functions;

/// <summary>
/// A result exceeds its maximum size. The job's code may catch this exception; <see cref="ResultBuffer.IsTooLarge"/> stays set.
/// </summary>
internal sealed class ResultTooLargeException() : Exception("The result is larger than HandlerOptions.MaxPayloadBytes allows.");
