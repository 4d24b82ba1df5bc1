namespace Handler.BadJobs;

/// <summary>An exception of a type that only its own assembly knows.</summary>
public sealed class OwnException(string message, Exception inner) : Exception(message, inner)
{
    /// <summary>Data besides the message.</summary>
    public int Code => 42;
}
