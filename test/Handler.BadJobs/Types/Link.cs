namespace Handler.BadJobs;

/// <summary>A link of a chain.</summary>
public sealed class Link
{
    /// <summary>The next one.</summary>
    public Link? Next { get; set; }
}
