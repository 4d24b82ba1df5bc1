namespace Handler.Functions;

/// <summary>A function in the form in which a job carries it.</summary>
/// <param name="Call">The function and its captured values, encoded.</param>
/// <param name="RunTimes">How long the function took in recent calls.</param>
internal readonly record struct EncodedFunction(ReadOnlyMemory<byte> Call, FunctionRunTimes RunTimes)
{
    /// <summary>Whether there is a function; <see langword="false"/> for the default value.</summary>
    public bool Exists => RunTimes is not null;
}
