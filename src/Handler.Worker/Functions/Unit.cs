namespace Handler;

/// <summary>The result type of a function that returns no value.</summary>
public readonly record struct Unit;
