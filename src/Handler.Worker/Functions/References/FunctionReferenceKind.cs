namespace Handler.Functions;

/// <summary>
/// The first part of a call. It is the same for all calls of a function, so the worker resolves it once. The values follow: those of the
/// target, or the argument of a registered function.
/// </summary>
internal enum FunctionReferenceKind : byte
{
    /// <summary>Shape, result type and method target of a job.</summary>
    Job = 1,

    /// <summary>Delegate type and method target of a captured delegate.</summary>
    Delegate = 2,

    /// <summary>The name of a registered function.</summary>
    Registered = 3,
}
