namespace Handler.Wire;

/// <summary>The other end broke the protocol.</summary>
internal sealed class FrameException(string message) : Exception(message);
