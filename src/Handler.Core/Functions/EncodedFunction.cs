namespace Handler.Functions;

/// <summary>A function as a job carries it.</summary>
/// <param name="Call">The function and its captured values, encoded.</param>
/// <param name="Profile">How long the function has taken lately.</param>
internal readonly record struct EncodedFunction(ReadOnlyMemory<byte> Call, FunctionProfile Profile)
{
    /// <summary>Whether there is one: <see langword="false"/> of the default value.</summary>
    public bool Exists => Profile is not null;
}
