namespace Handler.Cluster;

/// <summary>Marks an exception: an answer came, but this version cannot read it. To ask again would not help.</summary>
internal interface IUnreadableAnswer;
