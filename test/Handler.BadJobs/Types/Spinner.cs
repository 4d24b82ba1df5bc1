namespace Handler.BadJobs;

/// <summary>Hangs when it is read.</summary>
public sealed class Spinner
{
    /// <summary>Never returns.</summary>
    public int Value
    {
        get
        {
            CpuHogs.TightLoop();
            return 0;
        }
    }
}
