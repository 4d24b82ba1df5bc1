namespace Handler.Wire;

/// <summary>The kind of a frame from a worker.</summary>
internal enum ResponseKind : byte
{
    /// <summary>The worker is ready for jobs.</summary>
    Ready = 1,

    /// <summary>The function returned; the body is its result.</summary>
    Value = 2,

    /// <summary>
    /// The function threw, or could not be run, or its result could not be written; the body is a <see cref="FailureBody"/>.
    /// </summary>
    Failure = 3,

    /// <summary>The worker must be replaced and accepts no further jobs; the body is the reason as UTF-8.</summary>
    Retire = 4,
}
