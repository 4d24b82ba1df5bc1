namespace Handler.Functions;

/// <summary>What is known about the JSON that is being written or read on the current thread.</summary>
/// <param name="maxBytes">The maximum length of a value's JSON.</param>
/// <param name="isHosts">Whether the serializer belongs to the host, which writes captured values and reads results. A worker does the
/// opposite.</param>
internal sealed class CurrentJson(int maxBytes, bool isHosts)
{
    [ThreadStatic]
    private static CurrentJson? active;

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
    public static bool IsResult => active is { } json && json.isHosts == isReading;

    /// <summary>Called before a value is written.</summary>
    public void BeginWriting() => (active, isReading) = (this, false);

    /// <summary>Called before a value is read.</summary>
    public void BeginReading() => (active, isReading) = (this, true);
}
