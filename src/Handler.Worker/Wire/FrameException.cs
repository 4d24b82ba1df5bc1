namespace Handler.Wire;

/// <summary>The other end violated the protocol.</summary>
internal sealed class FrameException(string message) : Exception(message);
