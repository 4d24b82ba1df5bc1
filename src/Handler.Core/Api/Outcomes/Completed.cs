namespace Handler;

/// <summary>The function returned a value.</summary>
/// <param name="Value">The returned value.</param>
public sealed record Completed<T>(T Value) : Outcome<T>
{
    /// <inheritdoc/>
    public override string Message => "Completed";

    private protected override Exception ToException() => new InvalidOperationException("A completed job has no exception.");
}
