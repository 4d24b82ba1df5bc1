namespace Handler.BadJobs;

/// <summary>Throws when it is read.</summary>
public sealed class Thrower
{
    /// <summary>Throws.</summary>
    public int Value => throw new InvalidOperationException("no value");
}
