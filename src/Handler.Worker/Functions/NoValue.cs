namespace Handler;

/// <summary>The value of an action.</summary>
internal readonly record struct NoValue;
