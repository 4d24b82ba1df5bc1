using Handler.Cluster;

namespace Handler.Grains.Wire;

/// <summary>
/// A message contains something that this version does not know: client and silos, or two silos, are of incompatible versions.
/// </summary>
[GenerateSerializer]
[Alias("handler.ProtocolException")]
internal sealed class HandlerProtocolException(string message) : Exception(message), IUnreadableReply;
