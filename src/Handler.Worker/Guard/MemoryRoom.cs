using static Handler.WorkerTuning.Guard;

namespace Handler.Guard;

/// <summary>
/// The memory that Handler itself may need in a worker, in addition to what the function may use: to read a call's arguments and to write
/// its result. The job's code runs during both (constructors, getters, converters), so both are bounded. Worker and node calculate with the
/// same numbers.
/// </summary>
internal static class MemoryRoom
{
    /// <summary>The longest text that the JSON writer accepts, in characters, and the bytes that it rents for each character.</summary>
    private const long MostCharacters = 166_666_666, RentedPerCharacter = 12;

    /// <summary>The memory that the values of a call may take while they are read, in bytes.</summary>
    public static long ToRead(long callBytes) => OwnMemory + (WorkerTuning.Guard.PerByteRead * callBytes);

    /// <summary>The amount that writing a result may add to the resident size, in bytes.</summary>
    public static long ToWrite(long maxPayloadBytes) => OwnMemory + (WorkerTuning.Guard.PerByteWritten * maxPayloadBytes);

    /// <summary>The memory that writing a result may commit on the managed heap, in bytes. This is more than it touches.</summary>
    public static long ToWriteOnHeap(long valueBytes, long maxPayloadBytes)
        => ToWrite(maxPayloadBytes) + maxPayloadBytes + (RentedPerCharacter * Math.Min(valueBytes / sizeof(char), MostCharacters));
}
