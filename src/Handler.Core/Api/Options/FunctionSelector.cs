namespace Handler;

/// <summary>
/// A selector given as a function of the pool's <see cref="PoolOptions.SelectorConfig"/> and the job's
/// <see cref="JobOptions.SelectorArgument"/>.
/// </summary>
internal sealed class FunctionSelector(Func<string?, string?, IReadOnlyList<string>> selectParents) : IPoolSelector
{
    public IReadOnlyList<string> SelectParents(string? config, string? parameter) => selectParents(config, parameter);
}
