namespace Handler;

/// <summary>The value of a function that returns nothing.</summary>
public readonly record struct Unit;
