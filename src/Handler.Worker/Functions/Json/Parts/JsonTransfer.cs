namespace Handler.Functions;

/// <summary>What one serializer writes and reads, and which serializer is at work on the current thread.</summary>
/// <param name="maxBytes">The maximum length of a value's JSON.</param>
/// <param name="isHosts">Whether the serializer belongs to the host, which writes captured values and reads results. A worker does the
/// opposite.</param>
internal sealed class JsonTransfer(int maxBytes, bool isHosts)
{
    [ThreadStatic]
    private static JsonTransfer? active;

    [ThreadStatic]
    private static bool isReading;

    private readonly int maxBytes = maxBytes;
    private readonly bool isHosts = isHosts;

    /// <summary>The maximum size of the value that is being written on this thread. It stops infinite sequences.</summary>
    public static int BytesAllowed => active?.maxBytes ?? int.MaxValue;

    /// <summary>
    /// Whether the value that is being written or read on this thread is the result of a job, or part of one. A worker writes results and
    /// the host reads them.
    /// </summary>
    public static bool IsResult => active is { } transfer && transfer.isHosts == isReading;

    /// <summary>Called before a value is written.</summary>
    public void BeginWriting() => (active, isReading) = (this, false);

    /// <summary>Called before a value is read.</summary>
    public void BeginReading() => (active, isReading) = (this, true);
}
