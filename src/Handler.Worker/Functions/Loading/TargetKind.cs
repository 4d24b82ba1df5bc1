namespace Handler.Functions;

/// <summary>The object that a delegate is bound to. Part of the format.</summary>
internal enum TargetKind : byte
{
    /// <summary>Nothing: a static method.</summary>
    None = 0,

    /// <summary>The compiler's class for lambdas that capture nothing.</summary>
    Stateless = 1,

    /// <summary>The captured variables of a scope.</summary>
    Closure = 2,

    /// <summary>The first argument of a static method, as in a delegate to an extension method.</summary>
    FirstArgument = 3,
}
