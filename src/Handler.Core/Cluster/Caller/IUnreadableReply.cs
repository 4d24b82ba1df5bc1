namespace Handler.Cluster;

/// <summary>Marks an exception: a reply arrived, but this version cannot read it. Asking again would not help.</summary>
internal interface IUnreadableReply;
