namespace Handler;

/// <summary>The function used more memory than it was allowed to.</summary>
/// <param name="LimitBytes">The limit that was exceeded, in bytes.</param>
/// <param name="PeakBytes">The highest use that was measured, in bytes.</param>
/// <param name="Source">The layer that detected it.</param>
public sealed record OutOfMemory<T>(long LimitBytes, long PeakBytes, MemoryLimitSource Source) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => $"Process tried to use more than {LimitBytes} bytes of memory";

    private protected override Exception ToException() => new JobOutOfMemoryException(this.Message, LimitBytes, PeakBytes, Source, Usage);
}
