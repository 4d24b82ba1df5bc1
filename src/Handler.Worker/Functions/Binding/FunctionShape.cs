namespace Handler.Functions;

/// <summary>What a job function returns and whether it takes a token. Part of the format.</summary>
internal enum FunctionShape : byte
{
    /// <summary><c>Func&lt;T&gt;</c></summary>
    Value = 0,

    /// <summary><c>Func&lt;Task&lt;T&gt;&gt;</c></summary>
    TaskOfValue = 1,

    /// <summary><c>Func&lt;ValueTask&lt;T&gt;&gt;</c></summary>
    ValueTaskOfValue = 2,

    /// <summary><c>Action</c></summary>
    Void = 3,

    /// <summary><c>Func&lt;Task&gt;</c></summary>
    Task = 4,

    /// <summary><c>Func&lt;ValueTask&gt;</c></summary>
    ValueTask = 5,

    /// <summary>Added to the other values: the last parameter is a <see cref="CancellationToken"/>.</summary>
    WithToken = 8,
}
