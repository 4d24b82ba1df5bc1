namespace Handler.Cluster;

/// <summary>No node of the cluster could be found; no job was sent.</summary>
internal sealed class NoNodeException(Exception? inner = null) : Exception("No node of the cluster could be found.", inner);
