namespace Handler.Guard;

/// <summary>
/// What Handler itself may need in a worker, besides what the function may use: to read a call's arguments, and to write its answer. Code of the job runs in both (constructors, getters,
/// converters), so both have a bound. Worker and node reckon with the same numbers.
/// </summary>
internal static class MemoryRoom
{
    private const long Base = 32L << 20;

    /// <summary>The most bytes of memory that a byte of a call becomes: <c>{},</c> in JSON is an object, and two places in lists that double.</summary>
    private const long PerByteRead = 24;

    /// <summary>An answer is there as bytes, and a long text with characters to escape as UTF-16 and in a piece of its own besides.</summary>
    private const long PerByteWritten = 3;

    /// <summary>The longest text that the JSON writer takes, in characters, and what it rents for each, in bytes.</summary>
    private const long MostCharacters = 166_666_666, RentedPerCharacter = 12;

    /// <summary>What the values of a call may take while they are read, in bytes.</summary>
    public static long ToRead(long callBytes) => Base + (PerByteRead * callBytes);

    /// <summary>What the writing of an answer may add to the resident size, in bytes.</summary>
    public static long ToWrite(long maxPayloadBytes) => Base + (PerByteWritten * maxPayloadBytes);

    /// <summary>What it may commit on the managed heap, which is more than it touches, in bytes.</summary>
    public static long ToWriteOnHeap(long valueBytes, long maxPayloadBytes)
        => ToWrite(maxPayloadBytes) + maxPayloadBytes + (RentedPerCharacter * Math.Min(valueBytes / sizeof(char), MostCharacters));
}
